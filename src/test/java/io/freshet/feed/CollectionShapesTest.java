package io.freshet.feed;

import jakarta.persistence.Cacheable;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.JoinTable;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapKey;
import jakarta.persistence.MapKeyColumn;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.OrderColumn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.SQLRestriction;

/** Collections of all kinds; those of shop 2 stay unless something moves there. */
class CollectionShapesTest extends ShapeTests {

  private static final List<String> ATTRIBUTES =
      List.of(
          "articles",
          "ordered",
          "byName",
          "visible",
          "byCode",
          "owned",
          "tags",
          "phones",
          "addresses",
          "labels");

  @Override
  CacheView build(String feed) {
    CacheView view = CacheView.of(feed, new Class<?>[] {Shop.class, Article.class, Tag.class});
    view.entities(Shop.class, 1L, 2L);
    ATTRIBUTES.forEach(attribute -> view.collections(Shop.class, attribute, 1L, 2L));
    return view.entities(Article.class, 10L, 11L, 12L, 13L)
        .entities(Tag.class, 7L, 8L)
        .collections(Tag.class, "shops", 7L, 8L)
        .query("prices", "select a.price from Article a order by a.id")
        .query("tag names", "select t.name from Tag t order by t.id")
        .query("tagged", "select t.name from Shop s join s.tags t order by s.id, t.id")
        .query("numbers", "select p from Shop s join s.phones p order by p");
  }

  private static String[] and(String[] some, String... more) {
    return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
  }

  @Override
  String[] seed() {
    return new String[] {
      "truncate shop, article, tag, shop_tag, shop_phone, shop_address, shop_label cascade",
      "insert into shop(id, code, name) values (1, 'A', 'a'), (2, 'B', 'b')",
      "insert into tag(id, name) values (7, 'red'), (8, 'blue')",
      "insert into article(id, shop_id, shop_code, owner_id, name, rank, hidden, price) values"
          + " (10, 1, 'A', 1, 'x', 1, false, 5), (11, 2, 'B', 2, 'y', 2, false, 6),"
          + " (12, 1, 'A', 1, 'z', 3, true, 7)",
      "insert into shop_tag(shop_id, tag_id) values (1, 7), (2, 8)",
      "insert into shop_phone(shop_id, phone, pos) values (1, '123', 0), (2, '456', 0)",
      "insert into shop_address(shop_id, kind, street) values (1, 'home', 's'), (2, 'home', 't')",
      "insert into shop_label(shop_id, article_id) values (1, 10), (2, 11)"
    };
  }

  @OnBothFeeds
  void oneToMany_rowInsertedAndDeleted_takesItsOwnersCollections(String feed) {
    CacheView view = view(feed);

    view.after(
        "insert into article(id, shop_id, name, rank, hidden) values (13, 1, 'n', 4, false)",
        "Shop.articles#1",
        "Shop.ordered#1",
        "Shop.byName#1",
        "Shop.visible#1",
        "prices");
    view.after(
        "delete from article where id = 13",
        "Article#13",
        "Shop.articles#1",
        "Shop.ordered#1",
        "Shop.byName#1",
        "Shop.visible#1",
        "prices");
  }

  @OnBothFeeds
  void oneToMany_rowMoved_takesBothOwnersCollections(String feed) {
    view(feed)
        .after(
            "update article set shop_id = 2 where id = 10",
            "Article#10",
            "Shop.articles#1",
            "Shop.articles#2",
            "Shop.ordered#1",
            "Shop.ordered#2",
            "Shop.byName#1",
            "Shop.byName#2",
            "Shop.visible#1",
            "Shop.visible#2",
            "prices");
  }

  @OnBothFeeds
  void oneToMany_rowsKeyChanged_takesItsOwnersCollections(String feed) {
    CacheView view = view(feed);

    view.after(
        "update article set id = 13 where id = 12",
        "Article#12",
        "Shop.articles#1",
        "Shop.ordered#1",
        "Shop.byName#1",
        "Shop.visible#1",
        "Shop.byCode#1",
        "Shop.owned#1",
        "prices");
  }

  @OnBothFeeds
  void oneToMany_columnThatNoCollectionReads_takesNone(String feed) {
    view(feed).after("update article set price = 9 where id = 10", "Article#10", "prices");
  }

  @OnBothFeeds
  void orderedMappedAndRestricted_theirColumnUpdated_takesJustThem(String feed) {
    CacheView view = view(feed);

    view.after(
        "update article set rank = 9 where id = 10", "Article#10", "Shop.ordered#1", "prices");
    view.after(
        "update article set name = 'q' where id = 10", "Article#10", "Shop.byName#1", "prices");
    view.after(
        "update article set hidden = not hidden where shop_id = 1",
        "Article#10",
        "Article#12",
        "Shop.visible#1",
        "prices");
  }

  @OnBothFeeds
  void joinColumn_rowMovedAndLost_takesOwnersCollections(String feed) {
    CacheView view = view(feed);

    // the column is no attribute of the article, so that the article may stay as it is; but the
    // triggers compare key and watched columns only, and the price may have changed as well
    String[] article = Nodes.byTriggers(feed) ? new String[] {"Article#10"} : new String[0];
    view.after(
        "update article set owner_id = 2 where id = 10",
        and(article, "Shop.owned#1", "Shop.owned#2", "prices"));
    view.after(
        "update article set owner_id = null where id = 10", and(article, "Shop.owned#2", "prices"));
  }

  @OnBothFeeds
  void propertyRef_foreignKeyMoved_takesCollectionsByTheReferencedValue(String feed) {
    CacheView view = view(feed);

    view.after(
        "update article set shop_code = 'B' where id = 10",
        "Article#10",
        "Shop.byCode#1",
        "Shop.byCode#2",
        "prices");
    view.after(
        "update article set shop_code = null where id = 10",
        "Article#10",
        "Shop.byCode#2",
        "prices");
  }

  @OnBothFeeds
  void propertyRef_referencedValueChanged_isFresh(String feed) {
    CacheView view = view(feed);

    // an article holds its shop's identifier: which one that is, is for all articles to look up
    view.nodes.outside(
        "begin; update article set shop_code = null where shop_code = 'A';"
            + " update shop set code = 'C' where id = 1;"
            + " update article set shop_code = 'C' where id = 10; commit");
    view.fresh();
    view.nodes.outside(
        "begin; update article set shop_code = null; update shop set code = 'A' where id = 2;"
            + " update article set shop_code = 'A' where id = 12; commit");
    view.fresh();
  }

  @OnBothFeeds
  void manyToMany_joinRows_takeBothSides(String feed) {
    CacheView view = view(feed);

    view.after(
        "insert into shop_tag(shop_id, tag_id) values (1, 8)",
        "Shop.tags#1",
        "Tag.shops#8",
        "tagged");
    view.after(
        "update shop_tag set tag_id = 7 where shop_id = 2",
        "Shop.tags#2",
        "Tag.shops#7",
        "Tag.shops#8",
        "tagged");
    view.after(
        "delete from shop_tag where shop_id = 1 and tag_id = 7",
        "Shop.tags#1",
        "Tag.shops#7",
        "tagged");
    view.after("update tag set name = 'green' where id = 7", "Tag#7", "tag names", "tagged");
  }

  @OnBothFeeds
  void elements_listWithOrderColumn_takesItsOwners(String feed) {
    CacheView view = view(feed);

    view.after(
        "insert into shop_phone(shop_id, phone, pos) values (1, '789', 1)",
        "Shop.phones#1",
        "numbers");
    view.after(
        "update shop_phone set pos = 2 where shop_id = 1 and pos = 1", "Shop.phones#1", "numbers");
    view.after("delete from shop_phone where phone = '456'", "Shop.phones#2", "numbers");
    view.after(
        "update shop_phone set shop_id = 2, pos = 0 where phone = '789'",
        "Shop.phones#1",
        "Shop.phones#2",
        "numbers");
  }

  @OnBothFeeds
  void elements_map_takesItsOwners(String feed) {
    CacheView view = view(feed);

    view.after("update shop_address set street = 'u' where shop_id = 1", "Shop.addresses#1");
    view.after("update shop_address set kind = 'work' where shop_id = 1", "Shop.addresses#1");
    view.after(
        "insert into shop_address(shop_id, kind, street) values (2, 'work', 'w')",
        "Shop.addresses#2");
    view.after("delete from shop_address where shop_id = 2", "Shop.addresses#2");
  }

  @OnBothFeeds
  void joinTable_withoutOtherSide_takesItsOwners(String feed) {
    CacheView view = view(feed);

    view.after("delete from shop_label where shop_id = 1", "Shop.labels#1");
    view.after("insert into shop_label(shop_id, article_id) values (1, 12)", "Shop.labels#1");
    view.after("truncate shop_label", "Shop.labels#1", "Shop.labels#2");
  }

  @OnBothFeeds
  void ownersColumnUpdated_takesTheOwnerAlone(String feed) {
    view(feed).after("update shop set name = 'new' where id = 1", "Shop#1", "tagged", "numbers");
  }

  @Entity(name = "Shop")
  @Cacheable
  static class Shop {
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

    @OneToMany
    @JoinColumn(name = "owner_id")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Article> owned = new HashSet<>();

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
    @MapKeyColumn(name = "kind")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Map<String, Address> addresses = new HashMap<>();

    @OneToMany
    @JoinTable(
        name = "shop_label",
        joinColumns = @JoinColumn(name = "shop_id"),
        inverseJoinColumns = @JoinColumn(name = "article_id"))
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Article> labels = new HashSet<>();
  }

  @Entity(name = "Article")
  @Cacheable
  static class Article {
    @Id Long id;
    String name;
    Integer rank;
    boolean hidden;
    Integer price;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "shop_id")
    Shop shop;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "shop_code", referencedColumnName = "code")
    Shop shopByCode;
  }

  @Entity(name = "Tag")
  @Cacheable
  static class Tag {
    @Id Long id;
    String name;

    @ManyToMany(mappedBy = "tags")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Shop> shops = new HashSet<>();
  }

  @Embeddable
  record Address(String street) {}
}
