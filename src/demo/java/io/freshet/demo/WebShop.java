package io.freshet.demo;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Table;
import java.util.HashSet;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;

/**
 * The mapping. Every row that is written has a revision that only grows; rows are otherwise as dull
 * as a shop's are. Mutable entities, not thread-safe.
 */
final class WebShop {

  static final Class<?>[] ENTITIES = {
    Category.class, Product.class, Customer.class, Purchase.class, Line.class
  };

  private WebShop() {}

  /** With the inverse collection of its products. */
  @Entity(name = "Category")
  @Table(name = "category")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Category {
    @Id long id;
    String name = "";
    int department;
    long revision;

    @OneToMany(mappedBy = "category")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Product> products = new HashSet<>();

    protected Category() {}
  }

  /** With a collection of elements. */
  @Entity(name = "Product")
  @Table(name = "product")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Product {
    @Id long id;
    String name = "";
    int price;
    long revision;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "category_id")
    Category category = new Category();

    @ElementCollection
    @jakarta.persistence.CollectionTable(
        name = "product_label",
        joinColumns = @JoinColumn(name = "product_id"))
    @Column(name = "label")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<String> labels = new HashSet<>();

    protected Product() {}
  }

  /** Found by e-mail address. */
  @Entity(name = "Customer")
  @Table(name = "customer")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  @NaturalIdCache
  static class Customer {
    @Id long id;

    @NaturalId(mutable = true)
    String email = "";

    String name = "";
    long revision;

    protected Customer() {}
  }

  /** An order; SQL keeps that word for itself. */
  @Entity(name = "Purchase")
  @Table(name = "purchase")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Purchase {
    @Id long id;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "customer_id")
    Customer customer = new Customer();

    long revision;

    @OneToMany(mappedBy = "purchase")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Line> lines = new HashSet<>();

    protected Purchase() {}

    Purchase(long id, Customer customer, long revision) {
      this.id = id;
      this.customer = customer;
      this.revision = revision;
    }
  }

  /** A line of an order; the database deletes it together with its order. */
  @Entity(name = "Line")
  @Table(name = "line")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Line {
    @Id long id;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "purchase_id")
    Purchase purchase = new Purchase();

    int quantity;
    long revision;

    protected Line() {}

    Line(long id, Purchase purchase, long revision) {
      this.id = id;
      this.purchase = purchase;
      this.quantity = 1;
      this.revision = revision;
    }
  }
}
