package io.freshet.mapping;

import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What depends on which table. Filled by one thread while a {@link TableMap} is built, not changed
 * afterwards.
 */
final class Index {

  /** A dependent and the table it depends on. */
  record Edge(TableName table, Dependent dependent) {}

  /**
   * A query space as Hibernate spells it, and the table it names.
   *
   * @param table the table, qualified if the index is
   * @param mapped the table as the mapping names it
   */
  record Space(TableName table, TableName mapped, String text) {}

  /** Whether every table here has its schema, and so is told from one of another schema. */
  private final boolean qualified;

  private final Map<String, Set<Edge>> edges = new HashMap<>();
  private final Map<String, Set<Space>> spaces = new HashMap<>();
  private final Map<String, Set<String>> regionsByWord = new HashMap<>();
  private final Map<String, Set<String>> spacesByWord = new HashMap<>();

  /** Rendered names that stand for no table. */
  private final Set<String> imaginary;

  /**
   * @param imaginary rendered names that stand for no table: nothing depends on them
   */
  Index(Set<String> imaginary) {
    this(false, imaginary);
  }

  private Index(boolean qualified, Set<String> imaginary) {
    this.qualified = qualified;
    this.imaginary = imaginary;
  }

  /**
   * The same for tables whose schemas are known.
   *
   * @param actual the tables of the database that a name of the mapping stands for
   */
  Index qualified(Function<TableName, Set<TableName>> actual) {
    Index result = new Index(true, imaginary);
    for (Set<Edge> some : edges.values()) {
      for (Edge edge : some) {
        actual.apply(edge.table()).forEach(table -> result.add(table, edge.dependent()));
      }
    }
    for (Set<Space> some : spaces.values()) {
      for (Space space : some) {
        actual
            .apply(space.mapped())
            .forEach(table -> result.addSpace(new Space(table, space.mapped(), space.text())));
      }
    }
    result.regionsByWord.putAll(regionsByWord);
    result.spacesByWord.putAll(spacesByWord);
    return result;
  }

  /** Notes that the dependent depends on the table, by its rendered name. */
  void add(String table, Dependent dependent) {
    if (!imaginary.contains(table)) {
      add(Model.tableName(table), dependent);
    }
  }

  private void add(TableName table, Dependent dependent) {
    edges
        .computeIfAbsent(table.foldedName(), folded -> new LinkedHashSet<>())
        .add(new Edge(table, dependent));
  }

  /** Notes that whatever table this SQL mentions decides about the region's content. */
  void addSql(String region, String sql) {
    for (String word : SqlWords.of(sql)) {
      regionsByWord.computeIfAbsent(word, mentioned -> new LinkedHashSet<>()).add(region);
    }
  }

  /**
   * Notes that whatever table this SQL mentions decides about queries that have one of the spaces:
   * Hibernate puts a formula's or a restriction's SQL into a query, but not its tables into the
   * query's spaces.
   */
  void addSqlOfQueries(Set<String> texts, String sql) {
    for (String word : SqlWords.of(sql)) {
      spacesByWord.computeIfAbsent(word, mentioned -> new LinkedHashSet<>()).addAll(texts);
    }
  }

  /** Notes a query space; a subselect in a table's place names none. */
  void addSpace(String text) {
    if (!text.isBlank() && Model.isRealTable(text) && !imaginary.contains(text)) {
      TableName name = Model.tableName(text);
      addSpace(new Space(name, name, text));
    }
  }

  private void addSpace(Space space) {
    spaces.computeIfAbsent(space.table().foldedName(), folded -> new LinkedHashSet<>()).add(space);
  }

  boolean dependsOn(TableName table) {
    return regionsByWord.containsKey(table.foldedName())
        || edges.getOrDefault(table.foldedName(), Set.of()).stream()
            .anyMatch(edge -> edge.table().mayBe(table));
  }

  boolean names(TableName table) {
    return spaces.getOrDefault(table.foldedName(), Set.of()).stream()
        .anyMatch(space -> space.table().mayBe(table));
  }

  void forEachDependent(TableName table, Consumer<Dependent> consumer) {
    for (Edge edge : edges.getOrDefault(table.foldedName(), Set.of())) {
      if (edge.table().mayBe(table)) {
        consumer.accept(edge.dependent());
      }
    }
    for (String region : regionsByWord.getOrDefault(table.foldedName(), Set.of())) {
      consumer.accept(Dependent.WholeRegion.onAnyChange(region));
    }
  }

  /**
   * Every spelling by which a query may depend on the table: Hibernate's own, and what users write
   * into {@code addSynchronizedQuerySpace} and {@code @Synchronize}, qualified or not.
   */
  Set<String> spacesOf(TableName table) {
    Set<String> all = new LinkedHashSet<>();
    Set<Space> known = spaces.getOrDefault(table.foldedName(), Set.of());
    if (qualified && !known.isEmpty()) {
      // without its schema the name may mean another table, which has not changed
      addForm(table.toString(), all);
    } else {
      addForms(table, all);
    }
    boolean nameIsAnother = qualified && nameIsAnother(known, table);
    for (Space space : known) {
      if (space.table().mayBe(table)) {
        all.add(space.text());
        addForm(space.mapped().toString(), all);
        if (!nameIsAnother) {
          addForm(space.mapped().name(), all);
        }
      }
    }
    all.addAll(spacesByWord.getOrDefault(table.foldedName(), Set.of()));
    return all;
  }

  /** Whether the name without schema means, by the search path, other tables and not this one. */
  private static boolean nameIsAnother(Set<Space> known, TableName table) {
    boolean another = false;
    for (Space space : known) {
      if (space.mapped().schema() == null) {
        if (space.table().mayBe(table)) {
          return false;
        }
        another = true;
      }
    }
    return another;
  }

  /**
   * What a feed has to tell of.
   *
   * @param queries whether cached queries depend on tables that nothing else cached depends on
   */
  TrackingPlan trackingPlan(boolean queries) {
    Map<TableName, Columns> tables = new LinkedHashMap<>();
    Set<String> mentions = new LinkedHashSet<>(regionsByWord.keySet());
    for (Set<Edge> some : edges.values()) {
      for (Edge edge : some) {
        Columns columns = tables.computeIfAbsent(edge.table(), table -> new Columns());
        columns.add(edge.dependent());
      }
    }
    if (queries) {
      spaces
          .values()
          .forEach(some -> some.forEach(s -> tables.putIfAbsent(s.table(), new Columns())));
      mentions.addAll(spacesByWord.keySet());
    }
    return new TrackingPlan(
        tables.entrySet().stream().map(one -> one.getValue().of(one.getKey())).toList(), mentions);
  }

  /** What has to be told of the rows of one table. */
  private static final class Columns {
    private final Set<String> key = new LinkedHashSet<>();
    private final Set<String> watched = new LinkedHashSet<>();
    private boolean elementsOnly = true;

    void add(Dependent dependent) {
      key.addAll(dependent.identifying());
      watched.addAll(dependent.deciding().names());
      elementsOnly &= dependent instanceof Dependent.CollectionTable;
    }

    TrackedTable of(TableName table) {
      if (!elementsOnly) {
        return new TrackedTable(table, key, watched);
      }
      // an element is what its columns say: one that is changed has gone, and another has come
      return new TrackedTable(table, watched, Set.of());
    }
  }

  Set<String> tableNames() {
    Set<String> names = new LinkedHashSet<>();
    spaces.values().forEach(some -> some.forEach(space -> names.add(space.table().toString())));
    edges.values().forEach(some -> some.forEach(edge -> names.add(edge.table().toString())));
    return names;
  }

  private static void addForms(TableName table, Set<String> forms) {
    addForm(table.name(), forms);
    addForm(table.toString(), forms);
  }

  private static void addForm(String form, Set<String> forms) {
    forms.add(form);
    forms.add(form.toLowerCase(Locale.ROOT));
  }
}
