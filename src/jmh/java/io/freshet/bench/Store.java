package io.freshet.bench;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Table;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;

/**
 * A shop whose products somebody else gives another revision, always a greater one. Mutable
 * entities, not thread-safe.
 */
final class Store {

  static final List<Class<?>> ENTITIES = List.of(Category.class, Product.class);

  static final Set<String> REGIONS =
      Set.of(
          Category.class.getName(),
          Product.class.getName(),
          Product.class.getName() + "##NaturalId",
          Category.class.getName() + ".products");

  private Store() {}

  /** Creates the tables, with so many products. */
  static String[] tables(int products, int categories) {
    return new String[] {
      "create table category (id bigint primary key, name text not null)",
      "create table product (id bigint primary key, sku text not null unique, name text not null,"
          + " revision bigint not null, category_id bigint not null references category)",
      "create index product_category on product (category_id)",
      "insert into category select n, 'category ' || n from generate_series(1, %d) n"
          .formatted(categories),
      "insert into product select n, 'sku-' || n, 'product ' || n, 0, 1 + n %% %d from"
              .formatted(categories)
          + " generate_series(1, %d) n".formatted(products)
    };
  }

  /** With the inverse collection of its products. */
  @Entity(name = "Category")
  @Table(name = "category")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Category {
    @Id long id;
    String name = "";

    @OneToMany(mappedBy = "category")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Product> products = new HashSet<>();

    protected Category() {}
  }

  /** Its updates leave the revision alone: that is the other writer's. */
  @Entity(name = "Product")
  @Table(name = "product")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  @NaturalIdCache
  @DynamicUpdate
  static class Product {
    @Id long id;
    @NaturalId String sku = "";
    String name = "";
    long revision;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "category_id")
    Category category = new Category();

    protected Product() {}
  }
}
