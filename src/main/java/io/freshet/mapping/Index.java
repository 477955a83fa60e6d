package io.freshet.mapping;

import io.freshet.change.TableName;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Collects what depends on which table while a {@link TableMap} is built. For one thread. */
final class Index {

  /** A dependent and the table it depends on. */
  record Edge(TableName table, Dependent dependent) {}

  /** A query space as Hibernate spells it, and the table it names. */
  record Space(TableName table, String text) {}

  private final Map<String, Set<Edge>> edges = new HashMap<>();
  private final Map<String, Set<Space>> spaces = new HashMap<>();
  private final Map<String, Set<String>> regionsByWord = new HashMap<>();

  /** Notes that the dependent depends on the table, by its rendered name. */
  void add(String table, Dependent dependent) {
    TableName name = Model.tableName(table);
    edges
        .computeIfAbsent(name.foldedName(), folded -> new LinkedHashSet<>())
        .add(new Edge(name, dependent));
  }

  /** Notes that whatever table this SQL mentions decides about the region's content. */
  void addSql(String region, String sql) {
    for (String word : SqlWords.of(sql)) {
      regionsByWord.computeIfAbsent(word, mentioned -> new LinkedHashSet<>()).add(region);
    }
  }

  /** Notes a query space; a subselect in a table's place names none. */
  void addSpace(String text) {
    if (!text.isBlank() && Model.isRealTable(text)) {
      TableName name = Model.tableName(text);
      spaces
          .computeIfAbsent(name.foldedName(), folded -> new LinkedHashSet<>())
          .add(new Space(name, text));
    }
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
    addForms(table, all);
    for (Space space : spaces.getOrDefault(table.foldedName(), Set.of())) {
      if (space.table().mayBe(table)) {
        all.add(space.text());
        addForms(space.table(), all);
      }
    }
    return all;
  }

  Set<String> tableNames() {
    Set<String> names = new LinkedHashSet<>();
    spaces.values().forEach(some -> some.forEach(space -> names.add(space.table().toString())));
    edges.values().forEach(some -> some.forEach(edge -> names.add(edge.table().toString())));
    return names;
  }

  private static void addForms(TableName table, Set<String> forms) {
    for (String form : List.of(table.name(), table.toString())) {
      forms.add(form);
      forms.add(form.toLowerCase(Locale.ROOT));
    }
  }
}
