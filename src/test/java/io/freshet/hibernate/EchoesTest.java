package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.TableName;
import io.freshet.hibernate.Echoes.Expected;
import io.freshet.hibernate.Echoes.Kept;
import org.junit.jupiter.api.Test;

class EchoesTest {

  private static final TableName MAPPED = TableName.of("product");
  private static final TableName TOLD = new TableName("public", "product");
  private static final Kept ONE = new Kept("products", 1L, MAPPED);

  private final Echoes echoes = new Echoes();

  @Test
  void claim_firstChangeAfterTheCommit_isTheEcho() {
    echoes.committed(echoes.expect(ONE), 10);

    assertThat(echoes.claim("products", 1L, TOLD)).isTrue();
    assertThat(echoes.claim("products", 1L, TOLD)).isFalse();
    assertThat(echoes.isEmpty()).isTrue();
  }

  @Test
  void claim_beforeTheCommitHasReturned_isTheEchoToo() {
    Expected expected = echoes.expect(ONE);

    assertThat(echoes.claim("products", 1L, TOLD)).isTrue();
    echoes.committed(expected, 10);

    assertThat(echoes.claim("products", 1L, TOLD)).isFalse();
    assertThat(echoes.overdue(11)).isEmpty();
  }

  @Test
  void claim_otherKeyOrRegionOrTable_isNone() {
    echoes.expect(ONE);

    assertThat(echoes.claim("products", 2L, TOLD)).isFalse();
    assertThat(echoes.claim("orders", 1L, TOLD)).isFalse();
    assertThat(echoes.claim("products", 1L, new TableName("public", "order"))).isFalse();
    assertThat(echoes.isEmpty()).isFalse();
  }

  @Test
  void claim_twoTransactions_expectTwoEchoes() {
    echoes.committed(echoes.expect(ONE), 10);
    echoes.committed(echoes.expect(ONE), 20);

    assertThat(echoes.claim("products", 1L, TOLD)).isTrue();
    assertThat(echoes.claim("products", 1L, TOLD)).isTrue();
    assertThat(echoes.claim("products", 1L, TOLD)).isFalse();
  }

  @Test
  void forget_aTableThatWasTold_leavesOnlyOtherTablesRows() {
    Kept elsewhere = new Kept("orders", 1L, TableName.of("order"));
    echoes.committed(echoes.expect(ONE), 10);
    echoes.expect(elsewhere);

    echoes.forget(TOLD);

    assertThat(echoes.claim("products", 1L, TOLD)).isFalse();
    assertThat(echoes.overdue(11)).isEmpty();
    assertThat(echoes.claim("orders", 1L, elsewhere.table())).isTrue();
  }

  @Test
  void forget_afterAFailedCommit_takesNothingFromOthers() {
    Expected failed = echoes.expect(ONE);
    echoes.committed(echoes.expect(ONE), 20);
    echoes.forget(failed);

    assertThat(echoes.claim("products", 1L, TOLD)).isTrue();
    assertThat(echoes.claim("products", 1L, TOLD)).isFalse();
  }

  @Test
  void overdue_barrierSentAfterTheCommit_givesWhatWasNotTold() {
    echoes.committed(echoes.expect(ONE), 10);

    assertThat(echoes.overdue(10)).isEmpty();
    assertThat(echoes.overdue(11)).containsExactly(ONE);
    assertThat(echoes.isEmpty()).isTrue();
  }

  @Test
  void overdue_commitStillUnderWay_waits() {
    echoes.expect(ONE);

    assertThat(echoes.overdue(Long.MAX_VALUE - 1)).isEmpty();
    assertThat(echoes.isEmpty()).isFalse();
  }
}
