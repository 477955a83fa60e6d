package io.freshet.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Named values that fit into a line: what a worker is asked, and what it answers. Immutable.
 *
 * @param values in order
 */
record Words(Map<String, String> values) {

  Words {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  static Words of() {
    return new Words(Map.of());
  }

  static Words read(String line) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String word : line.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        values.put(word.substring(0, equals), URLDecoder.decode(word.substring(equals + 1), UTF_8));
      }
    }
    return new Words(values);
  }

  Words with(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(values);
    more.put(name, String.valueOf(value));
    return new Words(more);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  String text(String name) {
    @Nullable String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no %s in %s".formatted(name, values));
    }
    return value;
  }

  double number(String name) {
    return Double.parseDouble(text(name));
  }

  int whole(String name) {
    return Integer.parseInt(text(name));
  }

  /** One line, without its end. */
  @Override
  public String toString() {
    return values.entrySet().stream()
        .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), UTF_8))
        .collect(Collectors.joining(" "));
  }
}
