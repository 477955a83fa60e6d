package io.freshet.torture;

import io.freshet.torture.Faults.Done;
import io.freshet.torture.Read.Source;
import io.freshet.torture.Violation.Rule;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Reads everybody's diary, and has all reads judged. Not thread-safe. */
final class Trial {

  /** Of each rule. */
  private static final int KEPT = 10;

  private final Map<Integer, Path> nodes;
  private final List<Path> others;
  private final Observer observer;
  private final List<Violation> violations = new ArrayList<>();
  private final List<String> unseen = new ArrayList<>();
  private final Map<String, Long> counts = new TreeMap<>();
  private final Map<String, Long> reads = new TreeMap<>();
  private final Staleness staleness = new Staleness();
  private final Set<String> rolledBack = new HashSet<>();
  private final Map<Rule, Long> broken = new EnumMap<>(Rule.class);

  /**
   * @param nodes their files
   * @param others the files of those who only write
   */
  Trial(Map<Integer, Path> nodes, List<Path> others, Observer observer) {
    this.nodes = Map.copyOf(nodes);
    this.others = List.copyOf(others);
    this.observer = observer;
  }

  /** Judges. */
  Verdict judge(Duration bound, List<Done> faults) {
    History.Builder builder = new History.Builder();
    observer.tell(builder);
    Map<String, List<String>> labels = observer.labels();
    nodes.forEach(
        (node, file) -> each(file, (kind, text) -> enter(builder, labels, node, kind, text)));
    others.forEach(file -> each(file, (kind, text) -> enter(builder, labels, -1, kind, text)));
    History history = builder.build();
    for (String label : rolledBack) {
      labels
          .getOrDefault(label, List.of())
          .forEach(one -> unseen.add("the journal has " + one + ", which was rolled back"));
    }
    Judge judge = new Judge(history, Set.of(Table.RATE.sql()), bound);
    nodes.values().forEach(file -> each(file, (kind, text) -> check(judge, kind, text)));
    return new Verdict(
        violations,
        broken,
        unseen,
        new Verdict.Numbers(counts, reads, staleness, history.versions()),
        faults);
  }

  private void enter(
      History.Builder builder, Map<String, List<String>> labels, int node, char kind, String text) {
    List<String> fields = List.of(text.split("\t", -1));
    switch (kind) {
      case Diary.COMMIT -> {
        List<String> transactions = labels.getOrDefault(fields.get(0), List.of());
        if (transactions.size() > 1) {
          unseen.add("several transactions are called " + fields.get(0));
        }
        transactions.forEach(
            one ->
                builder.commit(
                    one, node, Long.parseLong(fields.get(1)), Long.parseLong(fields.get(2))));
      }
      case Diary.BARRIER ->
          builder.barrier(node, Long.parseLong(fields.get(0)), Long.parseLong(fields.get(1)));
      case Diary.ROLLBACK -> rolledBack.add(fields.get(0));
      case Diary.UNSEEN -> unseen.add("node " + node + ": " + text);
      case Diary.COUNT -> counts.merge(fields.get(0), Long.parseLong(fields.get(1)), Long::sum);
      default -> {
        // reads are judged when the history is complete
      }
    }
  }

  private void check(Judge judge, char kind, String text) {
    if (kind != Diary.READ) {
      return;
    }
    Read read = Lines.read(text);
    reads.merge(read.kind().by() + ", " + read.kind().source(), 1L, Long::sum);
    judge
        .check(read)
        .ifPresent(
            violation -> {
              if (broken.merge(violation.rule(), 1L, Long::sum) <= KEPT) {
                violations.add(violation);
              }
            });
    if (read.kind().source() == Source.HIT) {
      judge.staleness(read).ifPresent(staleness::add);
    }
  }

  private static void each(Path file, BiConsumer<Character, String> line) {
    try (BufferedReader in = Files.newBufferedReader(file)) {
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        line.accept(text.charAt(0), text.substring(2));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
