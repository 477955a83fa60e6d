package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.SessionFactories;
import io.freshet.testing.TestDatabase;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;

/** G7 where the mapping says String and the database pads: what is cached is what is stored. */
class PaddedColumnTest {

  @Test
  void update_ofPaddedColumn_isReadAsTheDatabaseStoresIt() {
    try (TestDatabase database = TestDatabase.create();
        SessionFactoryImplementor factory = SessionFactories.on(database).build(Country.class)) {
      factory.inTransaction(session -> session.persist(new Country(1, "old")));
      String loaded = factory.fromTransaction(session -> session.find(Country.class, 1L).code);
      assertThat(loaded).isEqualTo("old  ");

      factory.inTransaction(session -> session.find(Country.class, 1L).code = "new");

      String read = factory.fromTransaction(session -> session.find(Country.class, 1L).code);
      assertThat(read).isEqualTo("new  ");
    }
  }

  /** One text column, padded by the database. */
  @Entity(name = "Country")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Country {
    @Id long id;

    @Column(columnDefinition = "char(5)")
    String code;

    protected Country() {}

    Country(long id, String code) {
      this.id = id;
      this.code = code;
    }
  }
}
