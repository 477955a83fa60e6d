package io.freshet.demo;

/** The ways in which others write to the depot, past both nodes but for the last. */
enum OutsideWrite {
  UPDATE("UPDATE of one row"),
  MANY("UPDATE of ten rows"),
  CASCADE("DELETE that cascades"),
  COPY("COPY"),
  TRUNCATE("TRUNCATE, INSERT"),
  MERGE("MERGE"),
  UPSERT("INSERT ... ON CONFLICT"),
  KEY("UPDATE of a primary key"),
  NATIVE("native UPDATE through node one");

  private static final OutsideWrite[] ALL = values();

  private final String label;

  OutsideWrite(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  static OutsideWrite at(int index) {
    return ALL[index % ALL.length];
  }
}
