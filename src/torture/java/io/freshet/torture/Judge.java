package io.freshet.torture;

import io.freshet.torture.Finding.Members;
import io.freshet.torture.Finding.Row;
import io.freshet.torture.Finding.Rows;
import io.freshet.torture.Finding.Unresolved;
import io.freshet.torture.Read.Source;
import io.freshet.torture.Violation.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Holds reads against the history. A doubt about when something became visible counts for the node:
 * what is called a violation is one. Thread-safe.
 */
final class Judge {

  private final History history;
  private final Set<String> truncated;
  private final long bound;

  /**
   * @param truncated the tables that are emptied by TRUNCATE, which PostgreSQL does not hide from
   *     older snapshots: these find such a table empty, whatever it held at their time
   * @param bound {@code freshet.max_staleness}
   */
  Judge(History history, Set<String> truncated, Duration bound) {
    this.history = history;
    this.truncated = Set.copyOf(truncated);
    this.bound = bound.toNanos();
  }

  /**
   * One row that must have been as described at the moment at which all others were.
   *
   * @param of what the row belongs to, or does not, if nothing else of it matters; else null
   */
  private record Atom(
      String table, String key, Predicate<@Nullable String> state, @Nullable Members of) {}

  /** The violation, or empty. */
  Optional<Violation> check(Read read) {
    long oldest = oldest(read);
    long barrier = history.barrier(read.node(), read.reference());
    if (read.finding() instanceof Unresolved missing) {
      return unresolved(missing, new Span(Math.max(oldest, barrier), read.end()))
          ? Optional.empty()
          : Optional.of(violation(Rule.STALE, read));
    }
    List<Atom> atoms = atoms(read);
    if (possible(read, atoms, Math.max(oldest, barrier), true)) {
      return Optional.empty();
    }
    return Optional.of(violation(broken(read, atoms, oldest), read));
  }

  private Rule broken(Read read, List<Atom> atoms, long oldest) {
    Span past = new Span(Long.MIN_VALUE, read.end());
    for (Atom atom : atoms) {
      if (row(atom).when(atom.state, past, 0).isEmpty()) {
        return Rule.UNCOMMITTED;
      }
    }
    if (!possible(read, atoms, Long.MIN_VALUE, false)) {
      return Rule.TORN;
    }
    return possible(read, atoms, oldest, false) ? Rule.APPLIED : Rule.STALE;
  }

  private long oldest(Read read) {
    return read.kind().source() == Source.MISS ? read.reference() : read.reference() - bound;
  }

  private boolean possible(Read read, List<Atom> atoms, long oldest, boolean applied) {
    List<Span> common = List.of(new Span(oldest, read.end()));
    for (Atom atom : atoms) {
      int floor = applied ? floor(atom, read) : 0;
      common = Span.common(common, row(atom).when(atom.state, new Span(oldest, read.end()), floor));
      if (common.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private int floor(Atom atom, Read read) {
    return atom.of == null
        ? history.floor(read.node(), atom.table, atom.key, read.reference())
        : history.floor(read.node(), atom.of, atom.key, read.reference());
  }

  private Timeline row(Atom atom) {
    return history.row(atom.table, atom.key);
  }

  private List<Atom> atoms(Read read) {
    if (read.finding() instanceof Rows rows) {
      return rows.rows().stream()
          .filter(row -> row.state() != null || !isEmptied(row, read))
          .map(row -> new Atom(row.table(), row.key(), is(row.state()), null))
          .toList();
    }
    return atoms((Members) read.finding());
  }

  /**
   * Whether a snapshot may have missed the row because of a TRUNCATE: then it says nothing. A hit
   * may repeat that until the feed tells of it.
   */
  private boolean isEmptied(Finding.Row row, Read read) {
    if (!truncated.contains(row.table())) {
      return false;
    }
    return read.kind().source() == Source.HIT
        ? history.row(row.table(), row.key()).beganWithin(new Span(oldest(read), read.end()))
        : read.kind().snapshot();
  }

  private List<Atom> atoms(Members members) {
    Set<String> keys = new TreeSet<>(history.table(members.table()).keySet());
    keys.addAll(members.keys());
    List<Atom> atoms = new ArrayList<>();
    for (String key : keys) {
      Predicate<@Nullable String> in = has(members.column(), members.value());
      Predicate<@Nullable String> state = members.keys().contains(key) ? in : in.negate();
      atoms.add(new Atom(members.table(), key, state, members));
    }
    return atoms;
  }

  private static Predicate<@Nullable String> is(@Nullable String state) {
    return version -> Objects.equals(version, state);
  }

  private static Predicate<@Nullable String> has(int column, String value) {
    return version -> version != null && States.column(version, column).equals(value);
  }

  /** At some moment nobody had it, or somebody had it and, within the same time, was gone. */
  private boolean unresolved(Unresolved missing, Span within) {
    Predicate<@Nullable String> had = has(missing.column(), missing.value());
    List<Span> nobody = List.of(within);
    for (Timeline row : history.table(missing.table()).values()) {
      nobody = Span.common(nobody, row.when(had.negate(), within, 0));
      if (!row.when(had, within, 0).isEmpty() && !row.when(is(null), within, 0).isEmpty()) {
        return true;
      }
    }
    return !nobody.isEmpty();
  }

  /** How long before the read began what it returned had surely been replaced; empty if not. */
  OptionalLong staleness(Read read) {
    if (!(read.finding() instanceof Rows rows)) {
      return OptionalLong.empty();
    }
    long worst = 0;
    for (Row row : rows.rows()) {
      Timeline timeline = history.row(row.table(), row.key());
      long over = Long.MIN_VALUE;
      for (Span span : timeline.when(is(row.state()), new Span(Long.MIN_VALUE, read.end()), 0)) {
        over = Math.max(over, span.to());
      }
      if (over != Long.MIN_VALUE) {
        worst = Math.max(worst, read.begin() - over);
      }
    }
    return OptionalLong.of(worst);
  }

  private Violation violation(Rule rule, Read read) {
    StringBuilder account = new StringBuilder();
    account.append(
        "  began %s, took %s; may be as old as %s; last barrier before it began at %s%n"
            .formatted(
                0,
                millis(read.end() - read.begin()),
                relative(oldest(read), read),
                relative(history.barrier(read.node(), read.reference()), read)));
    int shown = 0;
    for (Row row : rows(read)) {
      if (shown++ < 4) {
        describe(account, row, read);
      }
    }
    return new Violation(rule, read, account.toString());
  }

  /** The rows that a report is about: those that were read, or those that should have been. */
  private List<Row> rows(Read read) {
    List<Row> rows = new ArrayList<>();
    if (read.finding() instanceof Rows found) {
      for (Row row : found.rows()) {
        if (!singly(read, new Atom(row.table(), row.key(), is(row.state()), null))) {
          rows.add(row);
        }
      }
      return rows.isEmpty() ? found.rows() : rows;
    }
    if (read.finding() instanceof Members members) {
      Span within = new Span(oldest(read), read.end());
      for (Atom atom : atoms(members)) {
        if (!row(atom).when(atom.state, within, floor(atom, read)).equals(List.of(within))) {
          rows.add(new Row(atom.table, atom.key, null));
        }
      }
    } else if (read.finding() instanceof Unresolved missing) {
      Predicate<@Nullable String> had = has(missing.column(), missing.value());
      for (Map.Entry<String, Timeline> row : history.table(missing.table()).entrySet()) {
        if (!row.getValue().when(had, new Span(oldest(read), read.end()), 0).isEmpty()) {
          rows.add(new Row(missing.table(), row.getKey(), null));
        }
      }
    }
    return rows;
  }

  private boolean singly(Read read, Atom atom) {
    long oldest = Math.max(oldest(read), history.barrier(read.node(), read.reference()));
    return possible(read, List.of(atom), oldest, true);
  }

  private void describe(StringBuilder account, Row row, Read read) {
    Timeline timeline = history.row(row.table(), row.key());
    int floor = history.floor(read.node(), row.table(), row.key(), read.reference());
    account.append("  %s %s%n".formatted(row.table(), row.key()));
    for (int i = 0; i < timeline.versions().size(); i++) {
      Timeline.Version version = timeline.versions().get(i);
      Span span = timeline.span(i);
      boolean near =
          (span.from() <= read.end() && span.to() >= read.begin() - 4 * bound)
              || Objects.equals(version.state(), row.state());
      if (near) {
        account.append(
            "    %s by %s, current at most from %s to %s%s%n"
                .formatted(
                    version.state(),
                    version.transaction().isEmpty() ? "nobody" : version.transaction(),
                    relative(span.from(), read),
                    relative(span.to(), read),
                    i == floor && i > 0 ? ", applied by this node" : ""));
      }
    }
  }

  private static String relative(long moment, Read read) {
    if (moment == Long.MIN_VALUE || moment == Long.MAX_VALUE) {
      return moment < 0 ? "ever" : "now";
    }
    return millis(moment - read.begin());
  }

  private static String millis(long nanos) {
    return "%.2f ms".formatted(nanos / 1e6);
  }
}
