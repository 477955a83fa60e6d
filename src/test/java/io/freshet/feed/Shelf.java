package io.freshet.feed;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** The smallest mapping with a watched column. */
@Entity(name = "Shelf")
@Cacheable
@Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
class Shelf {
  @Id long id;
  String name;

  @OneToMany(mappedBy = "shelf")
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  List<Item> items = new ArrayList<>();

  protected Shelf() {}

  /** What stands on it. */
  @Entity(name = "Item")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Item {
    @Id long id;
    int price;
    @ManyToOne Shelf shelf;

    protected Item() {}
  }
}
