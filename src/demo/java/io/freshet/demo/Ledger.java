package io.freshet.demo;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What has been committed, and which reads did not show it. Thread-safe. */
final class Ledger {

  final Revisions categories;
  final Revisions products;
  final Revisions customers;

  /** Of the label that holds the revision of a product's labels. */
  final Revisions labels;

  /** Of the category that a product is in. */
  final Revisions moves;

  /** Of the e-mail address of a customer, which contains it. */
  final Revisions emails;

  /** Of an order, which is there or not: see {@link #isThere}. */
  final Revisions purchases;

  private final AtomicIntegerArray categoryOfProduct;
  private final AtomicIntegerArray lastMoved;
  private final AtomicLongArray departments;
  private final Map<WritePath, LongAdder> stale = new EnumMap<>(WritePath.class);
  private final Map<WritePath, LongAdder> writes = new EnumMap<>(WritePath.class);

  Ledger(ShopSize size) {
    categories = new Revisions(size.categories());
    products = new Revisions(size.products());
    customers = new Revisions(size.customers());
    labels = new Revisions(size.products());
    moves = new Revisions(size.products());
    emails = new Revisions(size.customers());
    purchases = new Revisions(size.purchases());
    lastMoved = new AtomicIntegerArray(size.categories() + 1);
    departments = new AtomicLongArray(size.departments() + 1);
    categoryOfProduct = new AtomicIntegerArray(size.products() + 1);
    for (int product = 1; product <= size.products(); product++) {
      categoryOfProduct.set(product, ShopSize.categoryOf(product, size.categories()));
    }
    for (WritePath path : WritePath.values()) {
      stale.put(path, new LongAdder());
      writes.put(path, new LongAdder());
    }
  }

  /** An order is deleted and made again in turns. */
  static boolean isThere(long purchaseRevision) {
    return purchaseRevision % 4 == 0;
  }

  int categoryOf(int product) {
    return categoryOfProduct.get(product);
  }

  /** The product that came to or left the category last, or 0. */
  int lastMoved(int category) {
    return lastMoved.get(category);
  }

  void moved(int product, int category) {
    categoryOfProduct.set(product, category);
  }

  void announceMove(int product, int from, int to) {
    lastMoved.set(from, product);
    lastMoved.set(to, product);
  }

  /** The youngest committed revision of a category of the department. */
  long department(int department) {
    return departments.get(department);
  }

  void departmentReached(int department, long revision) {
    departments.accumulateAndGet(department, revision, Math::max);
  }

  /** A read did not show what had been committed this way before it began. */
  void stale(WritePath path) {
    adder(stale, path).increment();
  }

  void wrote(WritePath path) {
    adder(writes, path).increment();
  }

  long staleReads() {
    return stale.values().stream().mapToLong(LongAdder::sum).sum();
  }

  long staleReads(WritePath path) {
    return adder(stale, path).sum();
  }

  long writes() {
    return writes.values().stream().mapToLong(LongAdder::sum).sum();
  }

  long writes(WritePath path) {
    return adder(writes, path).sum();
  }

  private static LongAdder adder(Map<WritePath, LongAdder> adders, WritePath path) {
    LongAdder adder = adders.get(path);
    if (adder == null) {
      throw new IllegalStateException("no counter for " + path);
    }
    return adder;
  }
}
