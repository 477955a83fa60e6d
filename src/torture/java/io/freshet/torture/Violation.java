package io.freshet.torture;

/**
 * A read that broke a promise.
 *
 * @param account the versions around it, in words
 */
record Violation(Rule rule, Read read, String account) {

  /** The promises. */
  enum Rule {
    /** G2: it was replaced longer ago than the bound. */
    STALE("older than max_staleness allows"),
    /** G1, G4: this node had already applied a later commit. */
    APPLIED("older than what this node had applied"),
    /** G3: no committed transaction wrote it, or none had yet. */
    UNCOMMITTED("never committed, or not yet"),
    /** Each part was true, but not at one moment. */
    TORN("never true at one moment");

    private final String text;

    Rule(String text) {
      this.text = text;
    }

    /** In words. */
    String text() {
      return text;
    }
  }

  @Override
  public String toString() {
    return "%s (%s)%n  %s%n%s".formatted(rule, rule.text(), read, account);
  }
}
