package io.freshet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

  @Test
  void nothingSet_givesTheDefaults() {
    FreshetSettings settings = FreshetSettings.from(Map.of("hibernate.show_sql", "true"));

    assertThat(settings.enabled()).isTrue();
    assertThat(settings.feed().kind()).isEqualTo(FeedSettings.Kind.AUTO);
    assertThat(settings.feed().tracking()).isEqualTo(FeedSettings.Tracking.VALIDATE);
    assertThat(settings.feed().maxStaleness()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.maxKeys()).isEqualTo(1_000);
    assertThat(settings.defaults()).isEqualTo(new FreshetSettings.Region(10_000, Optional.empty()));
    assertThat(settings.inForce())
        .containsAllEntriesOf(
            Map.of(
                "freshet.audit.interval", "none",
                "freshet.audit.samples", "100"))
        .containsEntry("freshet.jmx", "true")
        .hasSize(11)
        .containsAllEntriesOf(
            Map.of(
                "freshet.enabled", "true",
                "freshet.feed", "auto",
                "freshet.tracking", "validate",
                "freshet.max_staleness", "2s",
                "freshet.publish", "none",
                "freshet.max_keys", "1000",
                "freshet.region.max_entries", "10000",
                "freshet.region.ttl", "none"));
    assertThat(settings.audit())
        .isEqualTo(new AuditSettings(Optional.empty(), 100, true))
        .isEqualTo(
            new AuditSettings(
                Optional.empty(), AuditSettings.DEFAULT_SAMPLES, AuditSettings.DEFAULT_JMX));
  }

  @Test
  void bus_isReadWithItsAddress_andShownWithoutSecrets() {
    FreshetSettings settings =
        FreshetSettings.from(
            Map.of(
                "freshet.feed", "rabbitmq",
                "freshet.rabbitmq.uri", "amqp://node:secret@mq.example.org/shop",
                "freshet.redis.url", "redis://unused",
                "freshet.channel", "shop"));

    assertThat(settings.fanout())
        .isEqualTo(
            new FanoutSettings(
                Optional.of(
                    new BusSettings(
                        BusSettings.Broker.RABBITMQ,
                        "amqp://node:secret@mq.example.org/shop",
                        "shop")),
                false));
    assertThat(settings.inForce())
        .containsEntry("freshet.rabbitmq.uri", "amqp://***@mq.example.org/shop")
        .containsEntry("freshet.channel", "shop")
        .doesNotContainKey("freshet.redis.url");
    assertThat(settings.toString()).doesNotContain("secret");
  }

  @Test
  void publishing_hearsOverTheSameBus_orNobody() {
    FreshetSettings settings =
        FreshetSettings.from(
            Map.of("freshet.publish", "redis", "freshet.redis.url", "redis://localhost"));
    assertThat(settings.fanout().publishes()).isTrue();
    assertThat(settings.fanout().bus().orElseThrow().channel()).isEqualTo("freshet");

    assertThatThrownBy(
            () ->
                FreshetSettings.from(
                    Map.of(
                        "freshet.publish", "redis",
                        "freshet.feed", "wal",
                        "freshet.redis.url", "redis://localhost")))
        .isInstanceOf(FreshetConfigurationException.class)
        .hasMessageContaining("freshet.publish=redis does not go with freshet.feed=wal");
  }

  @Test
  void busWithoutAddress_isRefusedWithTheSettingAndAnExample() {
    assertThatThrownBy(() -> FreshetSettings.from(Map.of("freshet.feed", "redis")))
        .isInstanceOf(FreshetConfigurationException.class)
        .hasMessage(
            "freshet.redis.url is not set, and redis needs it: give an address such as"
                + " redis://localhost:6379");
  }

  static List<Map<String, Object>> spellings() {
    return List.of(
        Map.of(
            "freshet.enabled", "false",
            "freshet.feed", "wal",
            "freshet.tracking", "install",
            "freshet.max_staleness", "500ms",
            "freshet.max_keys", "7",
            "freshet.region.max_entries", "8",
            "freshet.region.ttl", "9s"),
        Map.of(
            "freshet.enabled", " FALSE ",
            "freshet.feed", " WAL ",
            "freshet.tracking", " install ",
            "freshet.max_staleness", " 500ms ",
            "freshet.max_keys", " 7 ",
            "freshet.region.max_entries", "8 ",
            "freshet.region.ttl", "9000 ms"),
        Map.of(
            "freshet.enabled",
            false,
            "freshet.feed",
            FeedSettings.Kind.WAL,
            "freshet.tracking",
            FeedSettings.Tracking.INSTALL,
            "freshet.max_staleness",
            Duration.ofMillis(500),
            "freshet.max_keys",
            7,
            "freshet.region.max_entries",
            8L,
            "freshet.region.ttl",
            Duration.ofSeconds(9)));
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void everySetting_asTextOrAsItsType_isRead(Map<String, Object> given) {
    assertThat(FreshetSettings.from(given))
        .isEqualTo(
            new FreshetSettings(
                false,
                new FeedSettings(
                    FeedSettings.Kind.WAL,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    FeedSettings.Tracking.INSTALL,
                    Duration.ofMillis(500)),
                new FanoutSettings(Optional.empty(), false),
                new AuditSettings(Optional.empty(), 100, true),
                7,
                new FreshetSettings.Region(8, Optional.of(Duration.ofSeconds(9))),
                Map.of()));
  }

  @Test
  void audit_isReadAndShown_andNoneIsOff() {
    FreshetSettings settings =
        FreshetSettings.from(
            Map.of(
                "freshet.audit.interval", "5m",
                "freshet.audit.samples", 7,
                "freshet.jmx", "false"));

    assertThat(settings.audit())
        .isEqualTo(new AuditSettings(Optional.of(Duration.ofMinutes(5)), 7, false));
    assertThat(settings.inForce())
        .containsEntry("freshet.audit.interval", "300s")
        .containsEntry("freshet.audit.samples", "7")
        .containsEntry("freshet.jmx", "false");
    assertThat(FreshetSettings.from(Map.of("freshet.audit.interval", "none")).audit().interval())
        .isEmpty();
    assertThatThrownBy(() -> FreshetSettings.from(Map.of("freshet.audit.interval", "10ms")))
        .hasMessageContaining("freshet.audit.interval=10ms is not allowed")
        .hasMessageContaining("from 100ms to");
  }

  @Test
  void inForce_readBack_givesTheSame() {
    FreshetSettings settings =
        FreshetSettings.from(
            Map.of(
                "freshet.feed", "none",
                "freshet.region.ttl", "1500ms",
                "freshet.region.shop.Product.max_entries", "5",
                "freshet.region.shop.Product.ttl", "2h"));

    assertThat(FreshetSettings.from(settings.inForce()).inForce()).isEqualTo(settings.inForce());
  }

  @Test
  void feedUrl_ofAnotherDatabase_isRefused_withoutItsPassword() {
    assertThatThrownBy(
            () ->
                FreshetSettings.from(
                    Map.of("freshet.feed.url", "jdbc:mysql://h/d?password=secret")))
        .isInstanceOf(FreshetConfigurationException.class)
        .hasMessageContaining("freshet.feed.url=jdbc:mysql://h/d")
        .hasMessageContaining("jdbc:postgresql://db.example.org:5432/shop")
        .hasMessageNotContaining("secret");
  }

  @Test
  void password_isShownNowhere() {
    FreshetSettings settings =
        FreshetSettings.from(
            Map.of("freshet.feed.user", "freshet", "freshet.feed.password", "secret"));

    assertThat(settings.feed().password()).contains("secret");
    assertThat(settings.toString()).contains("freshet").doesNotContain("secret");
    assertThat(settings.inForce()).containsEntry("freshet.feed.password", "***");
    assertThatThrownBy(() -> FreshetSettings.from(Map.of("freshet.feed.passwort", "secret")))
        .hasMessageContaining("freshet.feed.password")
        .hasMessageNotContaining("secret");
  }

  @Test
  void region_withOverrides_fallsBackToTheDefaults() {
    FreshetSettings settings =
        FreshetSettings.from(
            Map.of(
                "freshet.region.max_entries", "100",
                "freshet.region.ttl", "1m",
                "freshet.region.shop.Product.max_entries", "5",
                "freshet.region.shop.Tag.ttl", "2m"));

    assertThat(settings.region("shop.Product"))
        .isEqualTo(new FreshetSettings.Region(5, Optional.of(Duration.ofMinutes(1))));
    assertThat(settings.region("shop.Tag"))
        .isEqualTo(new FreshetSettings.Region(100, Optional.of(Duration.ofMinutes(2))));
    assertThat(settings.region("Product")).isEqualTo(settings.defaults());
  }

  @ParameterizedTest
  @CsvSource({
    "freshet.enabled, yes, true or false",
    "freshet.enabled, 1, true or false",
    "freshet.feed, kafka, 'one of auto, none, notify, wal, redis, rabbitmq'",
    "freshet.feed, '', 'one of auto, none, notify, wal, redis, rabbitmq'",
    "freshet.tracking, yes, 'one of install, validate, none'",
    "freshet.max_staleness, 50ms, 'a duration such as 500ms, 2s, 5m or 1h, from 100ms to 1h'",
    "freshet.max_staleness, 2h, 'a duration such as 500ms, 2s, 5m or 1h, from 100ms to 1h'",
    "freshet.max_keys, 0, a whole number from 1 to 100000",
    "freshet.max_keys, 100001, a whole number from 1 to 100000",
    "freshet.max_keys, 1e3, a whole number from 1 to 100000",
    "freshet.max_keys, 10.0, a whole number from 1 to 100000",
    "freshet.region.max_entries, -1, a whole number from 1 to 2147483647",
    "freshet.region.max_entries, 99999999999999999999, a whole number from 1 to 2147483647",
    "freshet.region.p.max_entries, many, a whole number from 1 to 2147483647",
    "freshet.region.ttl, 0s, 'a duration such as 500ms, 2s, 5m or 1h, from 1ms to 876000h'",
    "freshet.region.ttl, 10, 'a duration such as 500ms, 2s, 5m or 1h, from 1ms to 876000h'",
    "freshet.region.ttl, -1s, 'a duration such as 500ms, 2s, 5m or 1h, from 1ms to 876000h'",
    "freshet.region.ttl, PT1S, 'a duration such as 500ms, 2s, 5m or 1h, from 1ms to 876000h'",
    "freshet.region.ttl, 999999999999h, 'a duration such as 500ms, 2s, 5m or 1h, from 1ms to 876000h'",
    "freshet.region.p.ttl, none, 'a duration such as 500ms, 2s, 5m or 1h, from 1ms to 876000h'",
  })
  void value_malformed_isRefusedWithNameValueAndForm(String name, String value, String form) {
    assertThatThrownBy(() -> FreshetSettings.from(Map.of(name, value)))
        .isInstanceOf(FreshetConfigurationException.class)
        .hasMessage("%s=%s is not allowed: give %s, or remove the setting", name, value, form);
  }

  static List<Object> wrongTypes() {
    return Arrays.asList(
        Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(1), Duration.ofDays(100_000), 5);
  }

  @ParameterizedTest
  @MethodSource("wrongTypes")
  void duration_givenAsUnusableObject_isRefused(Object value) {
    assertThatThrownBy(() -> FreshetSettings.from(Map.of("freshet.region.ttl", value)))
        .isInstanceOf(FreshetConfigurationException.class)
        .hasMessageContaining("freshet.region.ttl=" + value);
  }

  @ParameterizedTest
  @CsvSource({
    "freshet.enable, freshet.enabled",
    "freshet.MAX_KEYS, freshet.max_keys",
    "freshet.maxkeys, freshet.max_keys",
    "freshet.region.maxEntries, freshet.region.max_entries",
    "freshet.region.time_to_live, freshet.region.ttl",
    "freshet.region.Product.max_entires, freshet.region.Product.max_entries",
    "freshet.region.Product.tll, freshet.region.Product.ttl",
  })
  void name_unknown_isRefusedWithTheNearest(String name, String nearest) {
    assertThatThrownBy(() -> FreshetSettings.from(Map.of(name, "x")))
        .isInstanceOf(FreshetConfigurationException.class)
        .hasMessageStartingWith("Unknown setting %s=x: did you mean %s?", name, nearest)
        .hasMessageContaining("freshet.region.<region>.max_entries");
  }

  @ParameterizedTest
  @ValueSource(strings = {"freshet", "freshets.enabled", "hibernate.freshet.enabled"})
  void name_ofSomebodyElse_isIgnored(String name) {
    assertThat(FreshetSettings.from(Map.of(name, "x"))).isEqualTo(FreshetSettings.from(Map.of()));
  }

  @Test
  void value_null_isNotSet() {
    Map<String, Object> given = new HashMap<>();
    given.put("freshet.enabled", null);

    assertThat(FreshetSettings.from(given).enabled()).isTrue();
  }
}
