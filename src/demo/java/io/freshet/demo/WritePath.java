package io.freshet.demo;

/** The ways in which the demo writes, all through the session factory. */
enum WritePath {
  ENTITY("entity update, by flush"),
  HQL("HQL update"),
  NATIVE("native SQL update"),
  JDBC("JDBC update in doWork"),
  STATELESS("StatelessSession update"),
  ELEMENTS_NATIVE("element collection, native SQL"),
  ELEMENTS_JDBC("element collection, JDBC"),
  MOVE("foreign key set, seen from the other side"),
  CASCADE("ON DELETE CASCADE"),
  NATURAL_ID("natural id changed, JDBC"),
  ROLLBACK("update rolled back"),
  UNRELATED("native SQL on an unrelated table");

  private static final WritePath[] ALL = values();

  private final String label;

  WritePath(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  static WritePath at(int index) {
    return ALL[index % ALL.length];
  }
}
