package io.freshet.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The statements of {@code corpus.txt}. An entry is the statement's lines, then {@code params:}
 * with the bound values, {@code calls:} with the functions, and a line for each change after {@code
 * =>}; a blank line ends it.
 */
final class Corpus {

  private Corpus() {}

  /** One statement with its expected answer; {@code expected} is empty while there is none. */
  record Entry(int line, String sql, List<Object> parameters, String calls, String expected) {}

  static List<Entry> read() {
    try (InputStream in = Corpus.class.getResourceAsStream("corpus.txt")) {
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Entry> parse(String text) {
    List<Entry> entries = new ArrayList<>();
    List<String> block = new ArrayList<>();
    int number = 0;
    for (String line : (text + "\n\n").split("\n", -1)) {
      number++;
      if (!line.isBlank()) {
        block.add(line);
      } else if (!block.isEmpty()) {
        block.removeIf(each -> each.startsWith("# "));
        if (!block.isEmpty()) {
          entries.add(entry(number - block.size(), block));
        }
        block = new ArrayList<>();
      }
    }
    return entries;
  }

  private static Entry entry(int line, List<String> block) {
    List<String> sql = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    List<Object> parameters = List.of();
    String calls = "";
    for (String each : block) {
      if (each.startsWith("=> ")) {
        expected.add(each.substring(3));
      } else if (each.startsWith("params: ")) {
        parameters = values(each.substring(8));
      } else if (each.startsWith("calls: ")) {
        calls = each.substring(7);
      } else {
        sql.add(each);
      }
    }
    return new Entry(line, String.join("\n", sql), parameters, calls, String.join("\n", expected));
  }

  private static List<Object> values(String text) {
    List<Object> values = new ArrayList<>();
    for (String part : text.split(", ", -1)) {
      values.add(value(part));
    }
    return values;
  }

  private static Object value(String text) {
    if (text.equals("null")) {
      return null;
    }
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    if (text.startsWith("uuid:")) {
      return UUID.fromString(text.substring(5));
    }
    if (text.startsWith("double:")) {
      return Double.valueOf(text.substring(7));
    }
    if (text.startsWith("list:")) {
      return List.of(text.substring(5));
    }
    return text.startsWith("'") ? text.substring(1, text.length() - 1) : Long.valueOf(text);
  }
}
