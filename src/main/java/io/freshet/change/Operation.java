package io.freshet.change;

/** How a table was written. */
public enum Operation {
  INSERT,
  UPDATE,
  DELETE,
  /** All rows went, without row triggers. */
  TRUNCATE,
  /** It is not known how: any mixture of the others. */
  ANY;

  /** Whether rows that existed before may now differ or be gone. */
  public boolean touchesExistingRows() {
    return this != INSERT;
  }

  /** Whether rows that did not exist before may now exist. */
  public boolean addsRows() {
    return this == INSERT || this == ANY;
  }

  /** Whether rows may be gone. */
  public boolean removesRows() {
    return this == DELETE || this == TRUNCATE || this == ANY;
  }
}
