package io.freshet.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A table for the documentation: all but the first column are numbers. Not thread-safe. */
final class MarkdownTable {

  private final List<String> heading;
  private final List<List<String>> lines = new ArrayList<>();

  MarkdownTable(List<String> heading) {
    this.heading = List.copyOf(heading);
  }

  void add(List<String> line) {
    if (line.size() != heading.size()) {
      throw new IllegalArgumentException(
          "%d cells for %d columns: %s".formatted(line.size(), heading.size(), line));
    }
    lines.add(List.copyOf(line));
  }

  List<String> lines() {
    List<String> texts = new ArrayList<>();
    texts.add(line(heading));
    texts.add("|---|" + "---:|".repeat(heading.size() - 1));
    lines.forEach(line -> texts.add(line(line)));
    return texts;
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |"));
  }
}
