package io.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.TestDatabase;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DefiniteTest {

  private TestDatabase database;
  private SessionFactoryImplementor factory;

  @BeforeAll
  void start() {
    database = TestDatabase.create();
    factory = SessionFactories.on(database).build(Shop.ENTITIES);
  }

  @AfterAll
  void close() {
    factory.close();
    database.close();
  }

  private boolean mayVary(String sql) {
    try (SessionImplementor session = factory.openSession().unwrap(SessionImplementor.class)) {
      return Definite.mayVary(sql, session);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select p.price from product p where p.sold < current_date",
        "select p.price from product p where p.sold < now()",
        "select p.price from product p where p.sold < 'today'",
        "select p.price from product p order by random()",
        "select p.price from product p fetch first 3 rows only",
        "select distinct on (p.category_id) p.name from product p",
        "select p.name, row_number() over (order by p.price) from product p",
        "select string_agg(p.name, ',') from product p",
        "select array_agg(p.name) from product p",
        "select json_agg(p.name), jsonb_object_agg(p.id, p.name) from product p",
        "select nextval('numbers')",
        "select * from product tablesample system (10)"
      })
  void sqlWhoseAnswerIsNotOfTheRowsAlone_mayVary(String sql) {
    assertThat(mayVary(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select p.name from product p where p.name = 'nowhere'",
        "select p.\"limit\", p.offset_days from product p",
        "select lower(p.name), count(*) from product p group by lower(p.name)",
        "select sum(p.price) from product p",
        "select distinct p.name from product p"
      })
  void sqlOfTheRowsAlone_doesNot(String sql) {
    assertThat(mayVary(sql)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"select sum(p.x) from p", "select AVG (x)", "select stddev_pop(x)"})
  void sqlThatAddsUp_isKnown(String sql) {
    assertThat(Definite.adds(sql)).isTrue();
    assertThat(Definite.adds("select p.sum from p")).isFalse();
  }
}
