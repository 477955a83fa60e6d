package io.freshet.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestDatabaseTest {

  @Test
  void create_twice_givesTwoDatabases() {
    try (TestDatabase one = TestDatabase.create();
        TestDatabase other = TestDatabase.create()) {
      one.execute("create table t (id int)", "insert into t values (1)");
      assertThat(one.queryText("select count(*) from t")).isEqualTo("1");
      assertThat(other.queryText("select to_regclass('t')")).isNull();
    }
  }
}
