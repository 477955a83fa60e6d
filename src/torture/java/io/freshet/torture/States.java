package io.freshet.torture;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows as text: the observed columns, with bars between them. */
final class States {

  /** A column without a value. */
  static final String NULL = "~";

  private States() {}

  /** The text of a row. */
  static String of(@Nullable Object... columns) {
    return Arrays.stream(columns)
        .map(column -> column == null ? NULL : column.toString())
        .collect(Collectors.joining("|"));
  }

  /** One of its columns. */
  static String column(String state, int column) {
    return List.of(state.split("\\|", -1)).get(column);
  }
}
