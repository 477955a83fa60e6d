package io.freshet.demo;

/**
 * How many rows each table has, from one number. Immutable.
 *
 * @param rows of all tables that grow, together; a multiple of 8 is met exactly
 */
record ShopSize(int rows) {

  /** Fewer would leave tables empty. */
  static final int LEAST_ROWS = 800;

  static final int LINES_PER_PURCHASE = 2;
  private static final int PRODUCTS_PER_CATEGORY = 12;
  private static final int CATEGORIES_PER_DEPARTMENT = 40;

  int products() {
    return rows / 8;
  }

  int customers() {
    return rows / 8;
  }

  int purchases() {
    return rows / 8;
  }

  int lines() {
    return purchases() * LINES_PER_PURCHASE;
  }

  /** Of a table that no entity is mapped to. */
  int visits() {
    return rows / 8;
  }

  int categories() {
    return Math.max(1, products() / PRODUCTS_PER_CATEGORY);
  }

  int departments() {
    return Math.max(1, categories() / CATEGORIES_PER_DEPARTMENT);
  }

  int labels() {
    return products() * 2;
  }

  /** All there are. */
  int total() {
    return products() + labels() + customers() + purchases() + lines() + visits() + categories();
  }

  static int departmentOf(int category, int departments) {
    return category % departments + 1;
  }

  static int purchaseOfLine(int line) {
    return (line - 1) / LINES_PER_PURCHASE + 1;
  }

  /** Where a product is to begin with. */
  static int categoryOf(int product, int categories) {
    return product % categories + 1;
  }
}
