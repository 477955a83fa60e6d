package io.freshet.demo;

import java.util.Locale;

/** Where the nodes hear of changes. */
enum Feed {
  NOTIFY,
  WAL;

  /** As Freshet's setting names it. */
  String setting() {
    return name().toLowerCase(Locale.ROOT);
  }
}
