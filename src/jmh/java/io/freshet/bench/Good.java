package io.freshet.bench;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** Five plain columns. A mutable entity, not thread-safe. */
@Entity(name = "Good")
@Table(name = "good")
@Cacheable
@Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
class Good {
  @Id long id;
  String name = "";
  String description = "";
  int price;
  int stock;

  protected Good() {}
}
