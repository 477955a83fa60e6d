package io.freshet.testing;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;

/** A small web shop: the mapping that most tests share. */
public final class Shop {

  /** All of it, for {@link SessionFactories}. */
  @SuppressWarnings("MutablePublicArray") // tests do not change it
  public static final Class<?>[] ENTITIES = {
    Category.class, Product.class, Tag.class, Customer.class, Note.class
  };

  private Shop() {}

  /** Versioned, with an inverse collection of products. */
  @Entity(name = "Category")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  public static class Category {
    @Id public long id;
    public String name;
    @Version public int version;

    @OneToMany(mappedBy = "category")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    public List<Product> products = new ArrayList<>();

    protected Category() {}

    public Category(long id, String name) {
      this.id = id;
      this.name = name;
    }
  }

  /** Unversioned, with an element collection and one side of a many-to-many. */
  @Entity(name = "Product")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  @NaturalIdCache
  public static class Product {
    @Id public long id;

    @NaturalId(mutable = true)
    public String sku;

    public String name;
    public int price;

    @ManyToOne(fetch = FetchType.LAZY)
    public Category category;

    @ElementCollection
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    public Set<String> labels = new TreeSet<>();

    @ManyToMany
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    public List<Tag> tags = new ArrayList<>();

    protected Product() {}

    public Product(long id, String name, int price) {
      this.id = id;
      this.sku = "sku-" + id;
      this.name = name;
      this.price = price;
    }
  }

  /** The other side of the many-to-many. */
  @Entity(name = "Tag")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  public static class Tag {
    @Id public long id;
    public String name;

    @ManyToMany(mappedBy = "tags")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    public List<Product> products = new ArrayList<>();

    protected Tag() {}

    public Tag(long id, String name) {
      this.id = id;
      this.name = name;
    }
  }

  /** NONSTRICT_READ_WRITE. */
  @Entity(name = "Customer")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
  public static class Customer {
    @Id public long id;

    @Column(name = "full_name")
    public String name;

    protected Customer() {}

    public Customer(long id, String name) {
      this.id = id;
      this.name = name;
    }
  }

  /** READ_ONLY. */
  @Entity(name = "Note")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_ONLY)
  public static class Note {
    @Id public long id;
    public String text;

    protected Note() {}

    public Note(long id, String text) {
      this.id = id;
      this.text = text;
    }
  }
}
