package io.freshet.load;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** A row that is written all day. A mutable entity, not thread-safe. */
@Entity(name = "Account")
@Table(name = "account")
@Cacheable
@Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
class Account {
  @Id long id;
  long balance;
  String note = "";

  protected Account() {}
}
