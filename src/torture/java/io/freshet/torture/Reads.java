package io.freshet.torture;

import io.freshet.torture.Finding.Members;
import io.freshet.torture.Finding.Row;
import io.freshet.torture.Finding.Rows;
import io.freshet.torture.Finding.Unresolved;
import io.freshet.torture.Model.Basket;
import io.freshet.torture.Model.Category;
import io.freshet.torture.Model.Line;
import io.freshet.torture.Model.Observed;
import io.freshet.torture.Model.Party;
import io.freshet.torture.Model.Product;
import io.freshet.torture.Model.Rate;
import io.freshet.torture.Model.Reading;
import io.freshet.torture.Read.Kind;
import io.freshet.torture.Read.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hibernate.Hibernate;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** The reads of one transaction, each recorded. Not thread-safe. */
final class Reads {

  /** Entities that are found by key, with the table that holds the key. */
  static final Map<Table, Class<? extends Observed>> ENTITIES =
      Map.of(
          Table.CATEGORY, Category.class,
          Table.PRODUCT, Product.class,
          Table.PARTY, Party.class,
          Table.READING, Reading.class,
          Table.BASKET, Basket.class,
          Table.LINE, Line.class,
          Table.RATE, Rate.class);

  private final Session session;
  private final int node;
  private final boolean snapshot;
  private final long transaction;
  private final Diary diary;
  private final Gets gets = new Gets();
  private long begin;
  private long end;

  /**
   * @param transaction before it began
   */
  Reads(Session session, int node, boolean snapshot, long transaction, Diary diary) {
    this.session = session;
    this.node = node;
    this.snapshot = snapshot;
    this.transaction = transaction;
    this.diary = diary;
    session.addEventListeners(gets);
  }

  /** Any of them, of any key. */
  void any(Dice dice) {
    switch (dice.below(12)) {
      case 0, 1, 2, 3 -> find(dice);
      case 4 -> products(dice.key(Table.CATEGORY));
      case 5 -> labels(dice.key(Table.CATEGORY));
      case 6 -> lines(dice.key(Table.BASKET));
      case 7 -> naturalId("s" + dice.key(Table.PRODUCT));
      case 8 -> productsOf(dice.key(Table.CATEGORY));
      case 9 -> readingsOf(dice.below(5));
      case 10 -> rates();
      default -> several(dice);
    }
  }

  private void find(Dice dice) {
    Table table = dice.of(ENTITIES.keySet().stream().sorted().toList());
    find(table, dice.key(table));
  }

  /** By identifier; what was found. */
  @Nullable Observed find(Table table, int id) {
    Class<? extends Observed> type = type(table);
    Observed found = timed(() -> session.find(type, id));
    note("find", gets.source(), found(table, id, found));
    return found;
  }

  static Class<? extends Observed> type(Table table) {
    Class<? extends Observed> type = ENTITIES.get(table);
    if (type == null) {
      throw new IllegalArgumentException(table + " has no entity of its own");
    }
    return type;
  }

  private static Finding found(Table table, int id, @Nullable Observed found) {
    return found == null ? Rows.of(table.sql(), String.valueOf(id), null) : new Rows(found.rows());
  }

  private void several(Dice dice) {
    Table table = dice.of(List.of(Table.PRODUCT, Table.READING, Table.LINE, Table.RATE));
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int id = dice.key(table);
      if (!ids.contains(id)) {
        ids.add(id);
      }
    }
    Class<? extends Observed> type = type(table);
    List<? extends Observed> found = timed(() -> session.findMultiple(type, ids));
    for (int i = 0; i < ids.size(); i++) {
      note("load several", gets.source(), found(table, ids.get(i), found.get(i)));
    }
  }

  /** An inverse collection. */
  void products(int id) {
    if (find(Table.CATEGORY, id) instanceof Category category) {
      collection("collection of products", category.products, Table.PRODUCT, id);
    }
  }

  /** Another one. */
  void lines(int id) {
    if (find(Table.BASKET, id) instanceof Basket basket) {
      collection("collection of lines", basket.lines, Table.LINE, id);
    }
  }

  private void collection(String by, Set<? extends Observed> elements, Table table, int owner) {
    gets.reset();
    begin = System.nanoTime();
    Hibernate.initialize(elements);
    end = System.nanoTime();
    // the elements are looked for after the collection: without a statement all was there
    Source source = gets.source();
    int column = table.column(table == Table.LINE ? "basket_id" : "category_id");
    note(by, source, members(table, column, String.valueOf(owner), elements, Ids::of));
    elements.forEach(one -> note("element", source, new Rows(one.rows())));
  }

  private static <T> Members members(
      Table table, int column, String value, Iterable<? extends T> found, Function<T, Object> key) {
    Set<String> keys = new java.util.TreeSet<>();
    found.forEach(one -> keys.add(String.valueOf(key.apply(one))));
    return new Members(table.sql(), column, value, keys);
  }

  /** A collection of values. */
  void labels(int id) {
    if (find(Table.CATEGORY, id) instanceof Category category) {
      gets.reset();
      begin = System.nanoTime();
      Hibernate.initialize(category.labels);
      end = System.nanoTime();
      note(
          "collection of labels",
          gets.querySource(),
          members(Table.LABEL, 0, String.valueOf(id), category.labels, label -> id + "/" + label));
    }
  }

  /** By natural id. */
  void naturalId(String sku) {
    Product found = timed(() -> session.find(Product.class, sku, KeyType.NATURAL));
    int column = Table.PRODUCT.column("sku");
    if (found == null) {
      note("natural id", Source.MIXED, new Unresolved(Table.PRODUCT.sql(), column, sku));
      return;
    }
    note(
        "natural id",
        gets.source(),
        new Members(Table.PRODUCT.sql(), column, sku, Set.of(String.valueOf(found.id))));
    note("by natural id", gets.source(), new Rows(found.rows()));
  }

  /** A cached query of identifiers. */
  void productsOf(int category) {
    List<Integer> found =
        timed(
            () ->
                session
                    .createSelectionQuery(
                        "select p.id from Product p where p.category.id = :id", Integer.class)
                    .setParameter("id", category)
                    .setCacheable(true)
                    .list());
    int column = Table.PRODUCT.column("category_id");
    note(
        "query of ids",
        gets.querySource(),
        members(Table.PRODUCT, column, String.valueOf(category), found, id -> id));
  }

  /** A cached query of entities. */
  void readingsOf(int sensor) {
    List<Reading> found =
        timed(
            () ->
                session
                    .createSelectionQuery("from Reading where sensor = :sensor", Reading.class)
                    .setParameter("sensor", sensor)
                    .setCacheable(true)
                    .list());
    // a result from the cache whose entities are not there is as old as a cached one
    Source source = gets.source();
    note(
        "query of entities",
        source,
        members(Table.READING, 0, String.valueOf(sensor), found, one -> one.id));
    found.forEach(one -> note("entity of query", source, new Rows(one.rows())));
  }

  /** A cached query of a whole table. */
  void rates() {
    List<Object[]> found =
        timed(
            () ->
                session
                    .createSelectionQuery(
                        "select r.id, r.amount, r.stamp from Rate r", Object[].class)
                    .setCacheable(true)
                    .list());
    Map<String, String> states = new LinkedHashMap<>();
    found.forEach(row -> states.put(String.valueOf(row[0]), States.of(row[1], row[2])));
    List<Row> rows = new ArrayList<>();
    for (int id = 1; id <= Table.RATE.rows(); id++) {
      String key = String.valueOf(id);
      rows.add(new Row(Table.RATE.sql(), key, states.get(key)));
    }
    note("query of values", gets.querySource(), new Rows(rows));
  }

  /** Everything there is. */
  void all() {
    for (Table table : ENTITIES.keySet().stream().sorted().collect(Collectors.toList())) {
      for (int id = 1; id <= table.rows(); id++) {
        find(table, id);
      }
    }
    for (int id = 1; id <= Table.CATEGORY.rows(); id++) {
      products(id);
      labels(id);
      productsOf(id);
    }
    for (int id = 1; id <= Table.BASKET.rows(); id++) {
      lines(id);
    }
    for (int id = 1; id <= Table.PRODUCT.rows(); id++) {
      naturalId("s" + id);
    }
    for (int sensor = 0; sensor < 5; sensor++) {
      readingsOf(sensor);
    }
    rates();
  }

  private <T extends @Nullable Object> T timed(Supplier<T> read) {
    session.clear();
    gets.reset();
    begin = System.nanoTime();
    T result = read.get();
    end = System.nanoTime();
    return result;
  }

  private void note(String by, Source source, Finding finding) {
    if (session.getTransaction().getRollbackOnly()) {
      // Hibernate logs a connection's failure and answers null (HHH-12472): nothing was read
      diary.count("reads that failed and returned nothing");
      return;
    }
    diary.read(new Read(node, begin, end, transaction, new Kind(source, snapshot, by), finding));
  }
}
