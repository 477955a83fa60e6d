package io.freshet.load;

/** Who is told of the writes to a table. Each has a table of its own, in a schema of its own. */
enum Variant {
  /** Nobody. */
  NONE("none"),
  /** A node with freshet.feed=notify. */
  NOTIFY("notify"),
  /** A node with freshet.feed=wal. */
  WAL("wal"),
  /** A listener, by a trigger that runs NOTIFY for each row: what is often done by hand. */
  ROW_TRIGGER("row trigger");

  private final String label;

  Variant(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  boolean isFeed() {
    return this == NOTIFY || this == WAL;
  }

  String schema() {
    return "load_" + label.replace(' ', '_');
  }

  String table() {
    return schema() + ".account";
  }
}
