package io.freshet.torture;

import jakarta.persistence.Cacheable;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Version;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.annotations.OnDelete;
import org.hibernate.annotations.OnDeleteAction;
import org.jspecify.annotations.Nullable;

/** The mapping: one of each kind that ages in a way of its own. */
final class Model {

  /** All of it. */
  static final List<Class<?>> ENTITIES =
      List.of(
          Category.class,
          Product.class,
          Party.class,
          Person.class,
          Firm.class,
          Reading.class,
          Basket.class,
          Line.class,
          Rate.class);

  private Model() {}

  /** What every entity tells of itself. */
  interface Observed {

    /** The rows that it was read from. */
    List<Finding.Row> rows();
  }

  /** Stamped by a trigger; an inverse collection and an element collection. */
  @Entity(name = "Category")
  @jakarta.persistence.Table(name = "category")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
  static class Category implements Observed {
    @Id int id;
    @Nullable String name;

    @Column(insertable = false, updatable = false)
    @Nullable Long stamp;

    @OneToMany(mappedBy = "category")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Product> products = new HashSet<>();

    @ElementCollection
    @CollectionTable(name = "label", joinColumns = @JoinColumn(name = "category_id"))
    @Column(name = "label")
    @OnDelete(action = OnDeleteAction.CASCADE)
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    Set<String> labels = new HashSet<>();

    @Override
    public List<Finding.Row> rows() {
      return List.of(row(Table.CATEGORY, id, name, stamp));
    }
  }

  /** Versioned, with a natural id that changes; loses its category when that is deleted. */
  @Entity(name = "Product")
  @jakarta.persistence.Table(name = "product")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  @NaturalIdCache
  static class Product implements Observed {
    @Id int id;

    @NaturalId(mutable = true)
    String sku = "";

    @ManyToOne(fetch = FetchType.LAZY)
    @Nullable Category category;

    int qty;
    long stamp;
    @Version int version;

    @Override
    public List<Finding.Row> rows() {
      return List.of(
          row(Table.PRODUCT, id, sku, category == null ? null : Ids.of(category), qty, stamp));
    }
  }

  /** Joined inheritance. */
  @Entity(name = "Party")
  @jakarta.persistence.Table(name = "party")
  @Inheritance(strategy = InheritanceType.JOINED)
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  abstract static class Party implements Observed {
    @Id int id;
    @Nullable String name;
    long stamp;

    Finding.Row party() {
      return row(Table.PARTY, id, name, stamp);
    }
  }

  /** In two tables. */
  @Entity(name = "Person")
  @jakarta.persistence.Table(name = "person")
  static class Person extends Party {
    int age;

    @Override
    public List<Finding.Row> rows() {
      return List.of(party(), row(Table.PERSON, id, age));
    }
  }

  /** In two other tables. */
  @Entity(name = "Firm")
  @jakarta.persistence.Table(name = "firm")
  static class Firm extends Party {
    int tax;

    @Override
    public List<Finding.Row> rows() {
      return List.of(party(), row(Table.FIRM, id, tax));
    }
  }

  /** In partitions; others change its key. */
  @Entity(name = "Reading")
  @jakarta.persistence.Table(name = "reading")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Reading implements Observed {
    @Id int id;
    int sensor;
    int amount;
    long stamp;

    @Override
    public List<Finding.Row> rows() {
      return List.of(row(Table.READING, id, sensor, amount, stamp));
    }
  }

  /** Versioned; takes its lines with it. */
  @Entity(name = "Basket")
  @jakarta.persistence.Table(name = "basket")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
  static class Basket implements Observed {
    @Id int id;
    @Nullable String name;
    long stamp;
    @Version int version;

    @OneToMany(mappedBy = "basket")
    @OnDelete(action = OnDeleteAction.CASCADE)
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    Set<Line> lines = new HashSet<>();

    @Override
    public List<Finding.Row> rows() {
      return List.of(row(Table.BASKET, id, name, stamp));
    }
  }

  /** Stamped by a trigger, not versioned. */
  @Entity(name = "Line")
  @jakarta.persistence.Table(name = "line")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Line implements Observed {
    @Id int id;

    @ManyToOne(fetch = FetchType.LAZY)
    @Nullable Basket basket;

    int qty;

    @Column(insertable = false, updatable = false)
    @Nullable Long stamp;

    @Override
    public List<Finding.Row> rows() {
      return List.of(row(Table.LINE, id, basket == null ? null : Ids.of(basket), qty, stamp));
    }
  }

  /** Truncated now and then. */
  @Entity(name = "Rate")
  @jakarta.persistence.Table(name = "rate")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
  static class Rate implements Observed {
    @Id int id;
    int amount;
    long stamp;

    @Override
    public List<Finding.Row> rows() {
      return List.of(row(Table.RATE, id, amount, stamp));
    }
  }

  private static Finding.Row row(Table table, int id, @Nullable Object... columns) {
    return new Finding.Row(table.sql(), String.valueOf(id), States.of(columns));
  }
}
