package io.freshet.demo;

import jakarta.persistence.Cacheable;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.Table;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** What two nodes map, and others write: a depot. Mutable entities, not thread-safe. */
final class Depot {

  static final Class<?>[] ENTITIES = {Article.class, Parcel.class, Rate.class, Voucher.class};
  static final String LINES = Parcel.class.getName() + ".lines";

  /** How many rates there are: a table small enough to be truncated and filled again. */
  static final int RATES = 20;

  static final long INITIAL_LINES = 1 + 2 + 3;

  /** The value of what is not there. */
  static final long GONE = -1;

  /** What a voucher's key grows by when it changes. */
  static final long MOVED = 1_000_000_000L;

  private Depot() {}

  /** What can be read and judged, each by one number. */
  enum Kind {
    ARTICLE,
    PARCEL,
    LINES,
    RATE,
    VOUCHER
  }

  /** One of them. */
  record RowId(Kind kind, long id) {}

  /**
   * How many rows there are.
   *
   * @param articles the size of the largest region
   */
  record Size(int articles) {

    int of(Kind kind) {
      return switch (kind) {
        case ARTICLE -> articles;
        case PARCEL, LINES, VOUCHER -> articles / 10;
        case RATE -> RATES;
      };
    }

    long initial(RowId key) {
      return switch (key.kind()) {
        case LINES -> INITIAL_LINES;
        case VOUCHER -> key.id() > MOVED ? GONE : 0;
        case ARTICLE, PARCEL, RATE -> 0;
      };
    }

    List<String> statements() {
      return List.of(
          "create table article (id bigint primary key, name text not null,"
              + " revision bigint not null)",
          "create table parcel (id bigint primary key, revision bigint not null)",
          "create table parcel_line (parcel_id bigint not null references parcel on delete cascade,"
              + " line bigint not null, primary key (parcel_id, line))",
          "create table rate (id bigint primary key, revision bigint not null)",
          "create table voucher (id bigint primary key, revision bigint not null)",
          "insert into article select n, 'article ' || n, 0 from generate_series(1, %d) n"
              .formatted(articles),
          "insert into parcel select n, 0 from generate_series(1, %d) n".formatted(of(Kind.PARCEL)),
          "insert into parcel_line select n, line from generate_series(1, %d) n,"
                  .formatted(of(Kind.PARCEL))
              + " generate_series(1, 3) line",
          "insert into rate select n, 0 from generate_series(1, %d) n".formatted(RATES),
          "insert into voucher select n, 0 from generate_series(1, %d) n"
              .formatted(of(Kind.VOUCHER)));
    }
  }

  /** The many. */
  @Entity(name = "Article")
  @Table(name = "article")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Article {
    @Id long id;
    String name = "";
    long revision;

    protected Article() {}
  }

  /** Its lines go with it, by the foreign key. */
  @Entity(name = "Parcel")
  @Table(name = "parcel")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Parcel {
    @Id long id;
    long revision;

    @ElementCollection
    @CollectionTable(name = "parcel_line", joinColumns = @JoinColumn(name = "parcel_id"))
    @Column(name = "line")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Long> lines = new HashSet<>();

    protected Parcel() {}
  }

  /** Loaded afresh by somebody's nightly job, all at once. */
  @Entity(name = "Rate")
  @Table(name = "rate")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Rate {
    @Id long id;
    long revision;

    protected Rate() {}
  }

  /** Somebody changes its key. */
  @Entity(name = "Voucher")
  @Table(name = "voucher")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Voucher {
    @Id long id;
    long revision;

    protected Voucher() {}
  }
}
