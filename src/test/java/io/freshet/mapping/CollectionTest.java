package io.freshet.mapping;

import static io.freshet.mapping.Lab.deleted;
import static io.freshet.mapping.Lab.inserted;
import static io.freshet.mapping.Lab.row;
import static io.freshet.mapping.Lab.updated;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import jakarta.persistence.Cacheable;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.JoinTable;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapKey;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.OrderColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.Hibernate;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.SQLRestriction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Collections of shop 1 and shop 2 are cached; changes concern shop 1 unless a test says so. */
class CollectionTest {

  private static Lab lab;

  @BeforeAll
  static void start() {
    lab = Lab.of(Shop.class, Article.class, Tag.class);
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  @BeforeEach
  void fill() {
    lab.database.execute(
        "truncate shop, article, tag, shop_tag, shop_phone, shop_address, shop_label cascade",
        "insert into shop(id, code, name) values (1, 'A', 'a'), (2, 'B', 'b')",
        "insert into tag(id, name) values (7, 'red'), (8, 'blue')",
        "insert into article(id, shop_id, shop_code, name, rank, hidden, price) values"
            + " (10, 1, 'A', 'x', 1, false, 5), (11, 2, 'B', 'y', 2, false, 6)",
        "insert into shop_tag(shop_id, tag_id) values (1, 7), (2, 8)",
        "insert into shop_phone(shop_id, phone, pos) values (1, '123', 0), (2, '456', 0)",
        "insert into shop_address(shop_id, kind, street) values (1, 'home', 's'), (2, 'home', 't')",
        "insert into shop_label(shop_id, article_id) values (1, 10), (2, 11)");
    lab.factory.getCache().evictAllRegions();
    lab.write(
        session -> {
          for (long id = 1; id <= 2; id++) {
            Shop shop = session.find(Shop.class, id);
            for (Object some : shop.collections()) {
              Hibernate.initialize(some);
            }
            session.find(Article.class, id + 9);
            Hibernate.initialize(session.find(Tag.class, id + 6).shops);
          }
        });
    for (String attribute : Shop.ATTRIBUTES) {
      assertThat(cached(attribute, 1)).as(attribute).isTrue();
      assertThat(cached(attribute, 2)).as(attribute).isTrue();
    }
  }

  private static boolean cached(String attribute, long shop) {
    Object key = attribute.equals("byCode") ? (shop == 1 ? "A" : "B") : Long.valueOf(shop);
    return lab.cachedCollection(Shop.class, attribute, key);
  }

  /** Exactly these of shop 1's collections are gone, and nothing of shop 2. */
  private static void gone(String... attributes) {
    for (String attribute : Shop.ATTRIBUTES) {
      assertThat(cached(attribute, 1))
          .as(attribute)
          .isEqualTo(!List.of(attributes).contains(attribute));
      assertThat(cached(attribute, 2)).as(attribute + " of the other shop").isTrue();
    }
  }

  @Test
  void inverseOneToMany_rowInsertedWithForeignKey_ownerKeyOnly() {
    lab.change(
        "insert into article(id, shop_id, name, rank, hidden) values (12, 1, 'z', 3, false)",
        inserted("article", "id", 12, "shop_id", 1, "shop_code", null));

    gone("articles", "ordered", "byName", "visible");
    assertThat(lab.<Integer>read(s -> s.find(Shop.class, 1L).articles.size())).isEqualTo(2);
    assertThat(lab.cached(Article.class, 10L)).isTrue();
  }

  @Test
  void inverseOneToMany_rowMoves_bothOwners() {
    lab.change(
        "update article set shop_id = 2 where id = 10",
        updated("article", List.of("shop_id"), row("id", 10L, "shop_id", 1L), row("shop_id", 2L)));

    for (String attribute : List.of("articles", "ordered", "byName", "visible")) {
      assertThat(cached(attribute, 1)).as(attribute).isFalse();
      assertThat(cached(attribute, 2)).as(attribute).isFalse();
    }
    assertThat(cached("byCode", 1)).isTrue();
    assertThat(cached("tags", 1)).isTrue();
    assertThat(lab.cached(Article.class, 10L)).isFalse();
    assertThat(lab.cached(Article.class, 11L)).isTrue();
  }

  @Test
  void inverseOneToMany_foreignKeyUnknown_wholeRegions() {
    lab.change(
        "delete from shop_label where article_id = 11; delete from article where id = 11",
        deleted("article", "id", "11"));

    assertThat(cached("articles", 1)).isFalse();
    assertThat(cached("byCode", 2)).isFalse();
    assertThat(cached("tags", 1)).isTrue();
    assertThat(lab.cached(Article.class, 10L)).isTrue();
    assertThat(lab.cached(Article.class, 11L)).isFalse();
  }

  @Test
  void orderBy_orderingColumnUpdated_orderedCollectionOnly() {
    lab.change(
        "update article set rank = 9 where id = 10",
        updated("article", List.of("rank"), row("id", 10, "shop_id", 1), row()));

    gone("ordered");
    assertThat(lab.cached(Article.class, 10L)).isFalse();
  }

  @Test
  void mapKey_keyColumnUpdated_mapOnly() {
    lab.change(
        "update article set name = 'q' where id = 10",
        updated("article", List.of("name"), row("id", 10, "shop_id", 1), row()));

    gone("byName");
    assertThat(lab.<Set<String>>read(s -> Set.copyOf(s.find(Shop.class, 1L).byName.keySet())))
        .containsExactly("q");
  }

  @Test
  void sqlRestriction_restrictingColumnUpdated_restrictedOnly() {
    lab.change(
        "update article set hidden = true where id = 10",
        updated("article", List.of("hidden"), row("id", 10, "shop_id", 1), row()));

    gone("visible");
    assertThat(lab.<Integer>read(s -> s.find(Shop.class, 1L).visible.size())).isZero();
  }

  @Test
  void oneToMany_unwatchedColumnUpdated_noCollection() {
    lab.change(
        "update article set price = 3 where id = 10",
        new TableChange(TableName.of("article"), Operation.UPDATE, ColumnSet.of(List.of("price"))));

    gone();
    assertThat(lab.cached(Article.class, 10L)).isFalse();
  }

  @Test
  void propertyRef_foreignKeyChanged_keyedByReferencedValue() {
    lab.change(
        "update article set shop_code = null where id = 10",
        updated(
            "article",
            List.of("shop_code"),
            row("id", 10, "shop_code", "A", "shop_id", 1),
            row("shop_code", null)));

    gone("byCode");
    assertThat(lab.<Integer>read(s -> s.find(Shop.class, 1L).byCode.size())).isZero();
  }

  @Test
  void manyToMany_joinRowInserted_bothSidesByKey() {
    lab.change(
        "insert into shop_tag(shop_id, tag_id) values (1, 8)",
        inserted("shop_tag", "shop_id", "1", "tag_id", "8"));

    gone("tags");
    assertThat(lab.cachedCollection(Tag.class, "shops", 8L)).isFalse();
    assertThat(lab.cachedCollection(Tag.class, "shops", 7L)).isTrue();
  }

  @Test
  void manyToMany_elementUpdated_nothing() {
    lab.change(
        "update tag set name = 'green' where id = 7",
        updated("tag", List.of("name"), row("id", 7), row()));

    gone();
    assertThat(lab.cached(Tag.class, 7L)).isFalse();
  }

  @Test
  void elementCollection_elementUpdated_ownerKey() {
    lab.change(
        "update shop_phone set phone = '9' where shop_id = 1",
        updated("public.SHOP_PHONE", List.of("phone"), row("shop_id", "1"), row()));

    gone("phones");
    assertThat(lab.<List<String>>read(s -> List.copyOf(s.find(Shop.class, 1L).phones)))
        .containsExactly("9");
  }

  @Test
  void elementCollection_embeddableInMapDeleted_ownerKey() {
    lab.change(
        "delete from shop_address where shop_id = 1",
        deleted("shop_address", "shop_id", 1, "kind", "home"));

    gone("addresses");
  }

  @Test
  void unidirectionalJoinTable_truncated_wholeRegion() {
    lab.change(
        "truncate shop_label",
        new TableChange(TableName.of("shop_label"), Operation.TRUNCATE, ColumnSet.ALL));

    assertThat(cached("labels", 1)).isFalse();
    assertThat(cached("labels", 2)).isFalse();
    assertThat(cached("articles", 1)).isTrue();
  }

  @Entity(name = "Shop")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Shop {
    static final List<String> ATTRIBUTES =
        List.of(
            "articles",
            "ordered",
            "byName",
            "visible",
            "byCode",
            "tags",
            "phones",
            "addresses",
            "labels");

    @Id Long id;

    @Column(unique = true)
    String code;

    String name;

    @OneToMany(mappedBy = "shop")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Article> articles = new HashSet<>();

    @OneToMany(mappedBy = "shop")
    @OrderBy("rank desc, id")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    List<Article> ordered = new ArrayList<>();

    @OneToMany(mappedBy = "shop")
    @MapKey(name = "name")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Map<String, Article> byName = new HashMap<>();

    @OneToMany(mappedBy = "shop")
    @SQLRestriction("hidden = false")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Article> visible = new HashSet<>();

    @OneToMany(mappedBy = "shopByCode")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Article> byCode = new HashSet<>();

    @ManyToMany
    @JoinTable(
        name = "shop_tag",
        joinColumns = @JoinColumn(name = "shop_id"),
        inverseJoinColumns = @JoinColumn(name = "tag_id"))
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Tag> tags = new HashSet<>();

    @ElementCollection
    @CollectionTable(name = "shop_phone", joinColumns = @JoinColumn(name = "shop_id"))
    @Column(name = "phone")
    @OrderColumn(name = "pos")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    List<String> phones = new ArrayList<>();

    @ElementCollection
    @CollectionTable(name = "shop_address", joinColumns = @JoinColumn(name = "shop_id"))
    @jakarta.persistence.MapKeyColumn(name = "kind")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Map<String, Address> addresses = new HashMap<>();

    @OneToMany
    @JoinTable(
        name = "shop_label",
        joinColumns = @JoinColumn(name = "shop_id"),
        inverseJoinColumns = @JoinColumn(name = "article_id"))
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Article> labels = new HashSet<>();

    List<Object> collections() {
      return List.of(articles, ordered, byName, visible, byCode, tags, phones, addresses, labels);
    }
  }

  @Entity(name = "Article")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Article {
    @Id Long id;
    String name;
    Integer rank;
    boolean hidden;
    Integer price;

    @ManyToOne
    @JoinColumn(name = "shop_id")
    Shop shop;

    @ManyToOne
    @JoinColumn(name = "shop_code", referencedColumnName = "code")
    Shop shopByCode;
  }

  @Entity(name = "Tag")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Tag {
    @Id Long id;
    String name;

    @ManyToMany(mappedBy = "tags")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Shop> shops = new HashSet<>();
  }

  @Embeddable
  static class Address implements Serializable {
    String street;
  }
}
