package io.freshet.torture;

import java.util.List;
import java.util.Locale;

/** The tables, and what is observed of their rows. */
enum Table {
  CATEGORY(12, "id", "name", "stamp"),
  LABEL(0, "category_id || '/' || label", "category_id"),
  PRODUCT(60, "id", "sku", "category_id", "qty", "stamp"),
  PARTY(24, "id", "name", "stamp"),
  PERSON(0, "id", "age"),
  FIRM(0, "id", "tax"),
  READING(40, "id", "sensor", "amount", "stamp"),
  BASKET(15, "id", "name", "stamp"),
  LINE(60, "id", "basket_id", "qty", "stamp"),
  RATE(20, "id", "amount", "stamp");

  private final int rows;
  private final String key;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> columns;

  Table(int rows, String key, String... columns) {
    this.rows = rows;
    this.key = key;
    this.columns = List.of(columns);
  }

  /** How many keys there are: 1 to this. */
  int rows() {
    return rows;
  }

  /** Its name in SQL and in the history. */
  String sql() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The key, as SQL, of a row that has this name. */
  String key(String row) {
    return key.replaceAll("(id|category_id|label)\\b(?!')", row + ".$1");
  }

  /** The observed columns, as SQL, of a row that has this name. */
  String state(String row) {
    List<String> values =
        columns.stream()
            .map(column -> "coalesce(%s.%s::text, '%s')".formatted(row, column, States.NULL))
            .toList();
    return "concat_ws('|', %s)".formatted(String.join(", ", values));
  }

  /** The place of a column in the state. */
  int column(String name) {
    return columns.indexOf(name);
  }
}
