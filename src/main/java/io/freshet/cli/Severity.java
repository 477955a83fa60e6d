package io.freshet.cli;

/** How bad a finding is, from good to bad. */
enum Severity {
  /** As it has to be. */
  OK,
  /** Worth knowing. */
  INFO,
  /** Works, but may not for long, or not in every case. */
  WARNING,
  /** Changes go untold. */
  ERROR
}
