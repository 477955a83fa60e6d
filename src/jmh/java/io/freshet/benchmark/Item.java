package io.freshet.benchmark;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** A product, as plain as products are. A mutable entity, not thread-safe. */
@Entity(name = "Item")
@Cacheable
@Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
class Item {
  @Id long id;
  String name = "";
  String description = "";
  int price;
  int stock;

  protected Item() {}

  Item(long id) {
    this.id = id;
    this.name = "item " + id;
    this.description = "what there is to be said of item " + id;
    this.price = (int) (id % 1_000);
  }
}
