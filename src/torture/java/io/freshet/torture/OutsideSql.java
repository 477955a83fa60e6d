package io.freshet.torture;

import java.util.List;
import java.util.function.LongSupplier;

/** What others write: statements of all kinds, each of which may change nothing. */
final class OutsideSql {

  private OutsideSql() {}

  /**
   * One of them.
   *
   * @param single whether several statements in one text are not allowed, nor TRUNCATE, which waits
   *     for everybody
   */
  static String any(Dice dice, LongSupplier stamps, boolean single) {
    long stamp = stamps.getAsLong();
    return switch (dice.below(single ? 14 : 18)) {
      case 0, 1 ->
          "update product set qty = %d, stamp = %d, version = version + 1 where id in (%d, %d, %d)"
              .formatted(dice.below(10), stamp, product(dice), product(dice), product(dice));
      case 2 ->
          "update product set category_id = %d, stamp = %d, version = version + 1 where id = %d"
              .formatted(dice.key(Table.CATEGORY), stamp, product(dice));
      case 3 ->
          "insert into product select i, 's' || i, null, %d, %d from generate_series(%d, %d) i"
                  .formatted(dice.below(10), stamp, product(dice), Table.PRODUCT.rows())
              + " where i %% %d = 0 on conflict do nothing".formatted(1 + dice.below(5));
      case 4 -> "delete from category where id = %d".formatted(dice.key(Table.CATEGORY));
      case 5 ->
          "insert into category values (%d, 'o%d') on conflict (id) do update set name = 'u%d'"
              .formatted(dice.key(Table.CATEGORY), stamp, stamp);
      case 6 -> "delete from basket where id = %d".formatted(dice.key(Table.BASKET));
      case 7 ->
          ("insert into basket values (%d, 'o', %d) on conflict (id) do update set stamp = %d,"
                  + " version = basket.version + 1")
              .formatted(dice.key(Table.BASKET), stamp, stamp);
      case 8 ->
          "insert into line select %d, b.id, %d from basket b where b.id = %d on conflict do nothing"
              .formatted(dice.key(Table.LINE), dice.below(4), dice.key(Table.BASKET));
      case 9 ->
          "update line set basket_id = %d, qty = %d where id in (%d, %d)"
              .formatted(
                  dice.key(Table.BASKET),
                  dice.below(4),
                  dice.key(Table.LINE),
                  dice.key(Table.LINE));
      case 10 ->
          "update reading_%d set amount = amount + 1, stamp = %d where sensor = %d"
              .formatted(dice.below(2), stamp, dice.below(5));
      case 11 ->
          "update rate set amount = %d, stamp = %d where amount = %d"
              .formatted(dice.below(4), stamp, dice.below(4));
      case 12 ->
          dice.percent(50)
              ? "insert into label values (%d, 'l%d') on conflict do nothing"
                  .formatted(dice.key(Table.CATEGORY), dice.below(5))
              : "delete from label where label = 'l%d' and category_id = %d"
                  .formatted(dice.below(5), dice.key(Table.CATEGORY));
      case 13 -> merge(dice, stamp);
      case 14 ->
          "update reading set id = %d, stamp = %d where id = %d"
              .formatted(dice.key(Table.READING), stamp, dice.key(Table.READING));
      case 15 ->
          "update product set id = %d, stamp = %d, version = version + 1 where id = %d"
              .formatted(product(dice), stamp, product(dice));
      case 16 -> dice.percent(20) ? "truncate rate" : refill(dice, stamp);
      default -> party(dice, stamp);
    };
  }

  private static int product(Dice dice) {
    return dice.key(Table.PRODUCT);
  }

  private static String merge(Dice dice, long stamp) {
    int from = dice.key(Table.READING);
    return ("merge into reading r using (select i from generate_series(%d, %d) i) s on r.id = s.i"
            + " when matched and r.sensor = %d then delete"
            + " when matched then update set amount = r.amount + 1, stamp = %d"
            + " when not matched then insert values (s.i, %d, 0, %d)")
        .formatted(
            from,
            Math.min(from + 3, Table.READING.rows()),
            dice.below(5),
            stamp,
            dice.below(5),
            stamp);
  }

  private static String refill(Dice dice, long stamp) {
    return "insert into rate select i, i %% 4, %d from generate_series(%d, %d) i on conflict do nothing"
        .formatted(stamp, 1 + dice.below(4), Table.RATE.rows());
  }

  private static String party(Dice dice, long stamp) {
    int id = dice.key(Table.PARTY);
    String table = id % 2 == 0 ? "firm" : "person";
    return dice.of(
        List.of(
            "delete from party where id = " + id,
            "update party set name = 'o', stamp = %d where id in (%d, %d)"
                .formatted(stamp, id, dice.key(Table.PARTY)),
            ("with one as (insert into party values (%d, 'i', %d) on conflict do nothing"
                    + " returning id) insert into %s select id, 0 from one")
                .formatted(id, stamp, table)));
  }
}
