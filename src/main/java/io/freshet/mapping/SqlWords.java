package io.freshet.mapping;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads which names a fragment of SQL mentions. */
final class SqlWords {

  /** A string literal, a quoted name, or a plain word. Comments are read like code: more words. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"|`([^`]*)`|\\[([^\\]]*)\\]|([\\p{L}_][\\p{L}\\p{N}_$]*)");

  private static final int PLAIN = 4;

  /** Names of nothing unless quoted, in PostgreSQL as in the SQL standard. */
  private static final Set<String> RESERVED =
      Set.of(
          "and",
          "as",
          "asc",
          "case",
          "desc",
          "distinct",
          "else",
          "end",
          "false",
          "from",
          "in",
          "is",
          "like",
          "not",
          "null",
          "or",
          "order",
          "select",
          "then",
          "true",
          "when",
          "where");

  private SqlWords() {}

  /**
   * All names in the fragment, each part of a qualified one for itself, in lower case. Some of them
   * are functions, aliases and columns: a table of that name counts as mentioned all the same.
   */
  static Set<String> of(String sql) {
    Set<String> words = new LinkedHashSet<>();
    Matcher matcher = TOKEN.matcher(sql);
    while (matcher.find()) {
      for (int group = 1; group <= matcher.groupCount(); group++) {
        String word = matcher.group(group);
        if (word != null && !isReserved(word, group)) {
          words.add(word.toLowerCase(Locale.ROOT));
        }
      }
    }
    return words;
  }

  private static boolean isReserved(String word, int group) {
    return group == PLAIN && RESERVED.contains(word.toLowerCase(Locale.ROOT));
  }
}
