package io.freshet.hibernate;

import io.freshet.Message;
import io.freshet.change.Change;
import io.freshet.change.UnknownChange;
import io.freshet.mapping.Footprint;
import io.freshet.mapping.TableMap;
import io.freshet.sql.Recent;
import io.freshet.sql.StatementAnalyzer;
import io.freshet.sql.StatementEffect;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What statements write, by their text and what the database does about it. Thread-safe.
 *
 * <p>No method throws: what cannot be understood counts as a write of everything.
 */
final class Statements {

  private static final int MOST_CALLS = 10_000;
  private static final Logger LOG = LoggerFactory.getLogger(Statements.class);

  private final Node node;
  private final DatabaseEffects effects;
  private final StatementAnalyzer analyzer =
      new StatementAnalyzer(StatementAnalyzer.DEFAULT_MAX_CACHED_STATEMENTS);
  private final Map<Calls, List<Change>> calls = new ConcurrentHashMap<>();
  private final Recent<Footprint> spaces =
      new Recent<>(StatementAnalyzer.DEFAULT_MAX_CACHED_STATEMENTS);
  private final AtomicLong schemaGeneration = new AtomicLong();

  /** Functions that a statement calls; the schema's generation ages what is known of them. */
  private record Calls(Set<String> functions, long schema) {}

  Statements(Node node, DatabaseEffects effects) {
    this.node = node;
    this.effects = effects;
  }

  /** Whether a statement surely writes nothing, as far as its text tells. */
  boolean isPureRead(String sql) {
    try {
      StatementEffect effect = analyzer.analyze(sql);
      return !effect.writes() && effect.functions().isEmpty();
    } catch (RuntimeException e) {
      return false;
    }
  }

  /**
   * What a statement touches.
   *
   * @param parameters by position
   * @param connection for reading the catalog, the first time
   * @param tenant whose rows it can reach; null where that is not known
   */
  Write writeOf(
      String sql, List<?> parameters, Supplier<Connection> connection, @Nullable String tenant) {
    try {
      StatementEffect effect = analyzer.analyze(sql);
      List<Change> changes = new ArrayList<>(callsOf(effect, connection));
      if (effect.writes()) {
        changes.addAll(
            effects.widen(effect.changes(parameters, node.settings().maxKeys()), connection));
      }
      return new Write(node.footprintOf(changes, tenant), node.told(() -> changes));
    } catch (RuntimeException e) {
      Message.STATEMENT_ANALYSIS_FAILED.warn(LOG, e);
      return node.everything("a statement could not be analysed");
    }
  }

  /**
   * The query spaces of the tables that one of Hibernate's own statements writes. Its events tell
   * of rows, but not of all: a version that is incremented by force has none.
   */
  Footprint spacesOf(String sql) {
    Footprint known = spaces.get(sql);
    if (known == null) {
      TableMap map = node.mapped();
      if (map == null) {
        return Footprint.NOTHING;
      }
      Set<String> written = new HashSet<>();
      for (Change change : analyzer.analyze(sql).changes()) {
        written.addAll(map.footprint(change, null).querySpaces());
      }
      known = new Footprint(Map.of(), written, false);
      if (sql.length() <= StatementAnalyzer.MAX_CACHED_LENGTH) {
        spaces.put(sql, known);
      }
    }
    return known;
  }

  /**
   * What the functions do that a statement calls; asked once for each combination of them, but for
   * what is unknown: the catalog may be readable next time.
   */
  private List<Change> callsOf(StatementEffect effect, Supplier<Connection> connection) {
    if (effect.functions().isEmpty()) {
      return List.of();
    }
    Calls asked = new Calls(effect.functions(), schemaGeneration());
    List<Change> known = calls.get(asked);
    if (known == null) {
      known = effects.ofCalls(effect.functions(), connection);
      boolean lasting = known.stream().noneMatch(UnknownChange.class::isInstance);
      if (lasting && calls.size() < MOST_CALLS) {
        calls.put(asked, known);
      }
    }
    return known;
  }

  /** Whether a statement may change what is known of tables, triggers and functions. */
  boolean definesSchema(String sql) {
    try {
      return analyzer.analyze(sql).definesSchema();
    } catch (RuntimeException e) {
      return true;
    }
  }

  /** The schema has changed. */
  void forgetSchema() {
    // in this order: an answer by the old schema must not count for the new generation
    effects.refresh();
    schemaGeneration.incrementAndGet();
    calls.clear();
  }

  /** Changes whenever the schema may have. */
  long schemaGeneration() {
    return schemaGeneration.get();
  }
}
