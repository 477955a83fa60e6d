package io.freshet.cli;

import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.regex.Pattern;

/** Takes passwords out of what is about to be printed. Thread-safe. */
final class Secrets {

  private static final Pattern PATTERNS =
      Pattern.compile("(?i)(?<=pass(?:word|wd|phrase)?=)[^&;\\s'\"]+|(?<=//)[^/@?\\s]*(?=@)");

  /** Shorter ones would take harmless words apart, and are found by the pattern. */
  private static final int LEAST_LENGTH = 4;

  private final Set<String> known = new CopyOnWriteArraySet<>();

  /** From now on this is not told. */
  void add(String secret) {
    if (secret.length() >= LEAST_LENGTH) {
      known.add(secret);
    }
  }

  String without(String text) {
    String safe = PATTERNS.matcher(text).replaceAll("***");
    for (String secret : known) {
      safe = safe.replace(secret, "***");
    }
    return safe;
  }
}
