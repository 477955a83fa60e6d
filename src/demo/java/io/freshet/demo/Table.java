package io.freshet.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table of text: a heading, and lines of which all but the first column stand to the right. */
final class Table {

  private final List<List<String>> lines = new ArrayList<>();

  void add(List<String> line) {
    lines.add(List.copyOf(line));
  }

  void print(PrintWriter out) {
    out.println();
    lines().forEach(out::println);
    out.flush();
  }

  List<String> lines() {
    int[] widths = new int[lines.get(0).size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    List<String> texts = new ArrayList<>();
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - line.get(i).length());
        text.append(i == 0 ? "" : "  ")
            .append(i == 0 ? line.get(i) + padding : padding + line.get(i));
      }
      texts.add(text.toString().stripTrailing());
      if (texts.size() == 1) {
        texts.add("-".repeat(text.length()));
      }
    }
    return texts;
  }
}
