package io.freshet;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.CapturedLog;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageTest {

  /**
   * Ids are a promise to whoever has an alert on them: a line here is never changed, only added.
   */
  @Test
  void ids_once_given_neverChange() {
    assertThat(Arrays.stream(Message.values()).map(one -> one.id() + " " + one.name()))
        .containsExactly(
            "FRESHET-001 NO_FEED",
            "FRESHET-002 CONNECTIONS_NOT_OBSERVED",
            "FRESHET-003 REGION_NOT_BOUNDED",
            "FRESHET-004 REGION_MISSING",
            "FRESHET-005 REGION_SETTING_UNUSED",
            "FRESHET-006 TRANSACTION_UNKNOWN",
            "FRESHET-010 STORE_READ_FAILED",
            "FRESHET-011 STORE_WRITE_FAILED",
            "FRESHET-012 STORE_EVICTION_FAILED",
            "FRESHET-013 STORE_RECOVERED",
            "FRESHET-014 LOCK_EXPIRED",
            "FRESHET-015 FENCE_EXPIRED",
            "FRESHET-020 INVALIDATION_FAILED",
            "FRESHET-021 STATEMENT_UNKNOWN",
            "FRESHET-022 STATEMENT_ANALYSIS_FAILED",
            "FRESHET-023 EVENT_NOT_UNDERSTOOD",
            "FRESHET-030 CATALOG_READ_FAILED",
            "FRESHET-031 COLUMN_TYPES_UNREAD",
            "FRESHET-040 FEED_INTERRUPTED",
            "FRESHET-041 FEED_RESTORED",
            "FRESHET-042 FEED_LATE",
            "FRESHET-043 FEED_CHANGE_FAILED",
            "FRESHET-044 FEED_NOT_READY",
            "FRESHET-045 FEED_WARNING",
            "FRESHET-046 FEED_UNKNOWN",
            "FRESHET-050 PUBLISH_INTERRUPTED",
            "FRESHET-051 PUBLISH_UNENDED",
            "FRESHET-060 RELAY_INTERRUPTED",
            "FRESHET-061 RELAY_SLOT",
            "FRESHET-070 AUDIT_STALE",
            "FRESHET-071 AUDIT_FAILED",
            "FRESHET-072 JMX_NOT_REGISTERED");
  }

  @Test
  void warn_withArguments_startsWithTheId() {
    try (CapturedLog log = CapturedLog.of(MessageTest.class)) {
      Message.LOCK_EXPIRED.warn(log.logger(), "Product", 60);

      assertThat(log.lines())
          .isEqualTo(
              List.of(
                  "WARN FRESHET-014: Region Product: a soft lock was never released (60 seconds);"
                      + " the transaction that took it was cut off. The entry is evicted"));
    }
  }

  @Test
  void warn_withTrailingThrowable_logsItsStack() {
    try (CapturedLog log = CapturedLog.of(MessageTest.class)) {
      Message.STORE_READ_FAILED.warn(log.logger(), "Product", new IllegalStateException("down"));

      assertThat(log.events())
          .singleElement()
          .extracting(e -> e.getThrowableProxy().getMessage())
          .isEqualTo("down");
    }
  }
}
