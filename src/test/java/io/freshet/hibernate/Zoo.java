package io.freshet.hibernate;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.Generated;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;

/** Mappings that Hibernate's own caching is known to stumble over. */
final class Zoo {

  static final Class<?>[] ENTITIES = {
    Keeper.class,
    Animal.class,
    Dog.class,
    Bird.class,
    Ticket.class,
    Badge.class,
    Plaque.class,
    Permit.class
  };

  private Zoo() {}

  /** Has a collection that is typed by the superclass of its elements. */
  @Entity(name = "Keeper")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Keeper implements Serializable {
    private static final long serialVersionUID = 1L;

    @Id long id;
    String name;

    @OneToMany(mappedBy = "keeper")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    @SuppressWarnings("serial")
    List<Animal> animals = new ArrayList<>();

    protected Keeper() {}

    Keeper(long id, String name) {
      this.id = id;
      this.name = name;
    }
  }

  /** The root of a joined hierarchy. */
  @Entity(name = "Animal")
  @Inheritance(strategy = InheritanceType.JOINED)
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Animal {
    @Id long id;
    String name;

    @ManyToOne(fetch = FetchType.LAZY)
    Keeper keeper;

    protected Animal() {}

    Animal(long id, String name, Keeper keeper) {
      this.id = id;
      this.name = name;
      this.keeper = keeper;
    }
  }

  /** Adds a table to its superclass's. */
  @Entity(name = "Dog")
  static class Dog extends Animal {
    String breed;

    protected Dog() {}

    Dog(long id, String name, Keeper keeper, String breed) {
      super(id, name, keeper);
      this.breed = breed;
    }
  }

  /** A subclass with a quoted table. */
  @Entity(name = "Bird")
  @Table(name = "`PBird`")
  static class Bird extends Animal {
    int wings;

    protected Bird() {}
  }

  /** Versioned, and updates only what changed. */
  @Entity(name = "Ticket")
  @Cacheable
  @DynamicUpdate
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Ticket {
    @Id long id;
    String seat;
    int price;
    @Version int version;

    @Generated
    @Column(insertable = false, updatable = false, columnDefinition = "text default 'adult'")
    String kind;

    protected Ticket() {}

    Ticket(long id, String seat, int price) {
      this.id = id;
      this.seat = seat;
      this.price = price;
    }
  }

  /** An identifier with an association in it. */
  @Embeddable
  static class BadgeId implements Serializable {
    private static final long serialVersionUID = 1L;

    @ManyToOne Keeper keeper;
    int number;

    protected BadgeId() {}

    BadgeId(Keeper keeper, int number) {
      this.keeper = keeper;
      this.number = number;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof BadgeId that && that.number == number && that.keeper.id == keeper.id;
    }

    @Override
    public int hashCode() {
      return Objects.hash(number);
    }
  }

  /** Identified by {@link BadgeId}. */
  @Entity(name = "Badge")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Badge {
    @EmbeddedId BadgeId id;
    String text;

    protected Badge() {}

    Badge(BadgeId id, String text) {
      this.id = id;
      this.text = text;
    }
  }

  /** READ_ONLY, with a READ_ONLY natural id. */
  @Entity(name = "Plaque")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_ONLY)
  @NaturalIdCache
  static class Plaque {
    @Id long id;
    @NaturalId String code;
    String text;

    protected Plaque() {}

    Plaque(long id, String code, String text) {
      this.id = id;
      this.code = code;
      this.text = text;
    }
  }

  /** NONSTRICT_READ_WRITE. */
  @Entity(name = "Permit")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
  static class Permit {
    @Id long id;
    String text;

    protected Permit() {}

    Permit(long id, String text) {
      this.id = id;
      this.text = text;
    }
  }
}
