package io.freshet.cli;

import io.freshet.FeedSettings;
import io.freshet.FreshetSettings;
import io.freshet.Names;
import io.freshet.change.TrackingPlan;
import io.freshet.hibernate.MappedPlan;
import io.freshet.postgres.feed.FeedTarget;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Persistence;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A persistence unit of an application, built against a database that the command line names, only
 * to read its mapping. Nothing of the database is changed, and no feed is started.
 *
 * @param name the unit's name
 * @param classPath where it and its classes are
 */
record PersistenceUnit(String name, List<URL> classPath) {

  private static final Logger LOG = LoggerFactory.getLogger(PersistenceUnit.class);
  private static final String RESOURCE = "META-INF/persistence.xml";

  PersistenceUnit {
    classPath = List.copyOf(classPath);
  }

  /** What the unit wants to be told. */
  TrackingPlan plan(FeedTarget target) throws CliException {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(classPath.toArray(URL[]::new), Main.class.getClassLoader())) {
      requireUnit(loader);
      thread.setContextClassLoader(loader);
      try (EntityManagerFactory factory =
          Persistence.createEntityManagerFactory(name, overrides(target, loader))) {
        return MappedPlan.of(factory);
      }
    } catch (IOException e) {
      throw new CliException(ExitCode.FAILED, "--class-path cannot be read: " + e, e);
    } catch (RuntimeException | LinkageError e) {
      LOG.debug("The persistence unit cannot be built", e);
      throw new CliException(
          ExitCode.FAILED, "persistence unit %s cannot be built: %s".formatted(name, chain(e)), e);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Its own data source, pool, schema tools and feed are left out. */
  private static Map<String, Object> overrides(FeedTarget target, ClassLoader loader) {
    Map<String, Object> overrides = new LinkedHashMap<>();
    overrides.put("jakarta.persistence.transactionType", "RESOURCE_LOCAL");
    overrides.put("jakarta.persistence.jdbc.driver", "org.postgresql.Driver");
    overrides.put("jakarta.persistence.jdbc.url", target.url());
    target.user().ifPresent(user -> overrides.put("jakarta.persistence.jdbc.user", user));
    target
        .password()
        .ifPresent(password -> overrides.put("jakarta.persistence.jdbc.password", password));
    overrides.put("jakarta.persistence.schema-generation.database.action", "none");
    overrides.put("jakarta.persistence.schema-generation.scripts.action", "none");
    overrides.put("jakarta.persistence.validation.mode", "none");
    overrides.put("hibernate.hbm2ddl.auto", "none");
    overrides.put("hibernate.hbm2ddl.import_files", "");
    overrides.put(
        "hibernate.connection.provider_class",
        "org.hibernate.engine.jdbc.connections.internal.DriverManagerConnectionProviderImpl");
    overrides.put("hibernate.connection.pool_size", "1");
    overrides.put("hibernate.classLoaders", List.of(loader));
    overrides.put(FeedSettings.FEED, FeedSettings.Kind.NONE.setting());
    overrides.put(FeedSettings.TRACKING, FeedSettings.Tracking.NONE.setting());
    overrides.put(FreshetSettings.ENABLED, "true");
    return overrides;
  }

  private void requireUnit(ClassLoader loader) throws CliException, IOException {
    List<String> units = new ArrayList<>();
    for (URL file : Collections.list(loader.getResources(RESOURCE))) {
      try (InputStream text = file.openStream()) {
        units.addAll(units(text));
      } catch (XMLStreamException e) {
        throw new CliException(ExitCode.USAGE, file + " cannot be read: " + e.getMessage(), e);
      }
    }
    if (units.isEmpty()) {
      throw CliException.usage("--class-path: there is no %s on it".formatted(RESOURCE));
    }
    if (!units.contains(name)) {
      throw CliException.usage(
          "there is no persistence unit %s on the class path; there is %s"
              .formatted(name, String.join(", ", Names.nearest(name, units, units.size()))));
    }
  }

  private static List<String> units(InputStream text) throws XMLStreamException {
    XMLInputFactory xml = XMLInputFactory.newDefaultFactory();
    xml.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    XMLStreamReader reader = xml.createXMLStreamReader(text);
    List<String> units = new ArrayList<>();
    while (reader.hasNext()) {
      if (reader.next() == XMLStreamConstants.START_ELEMENT
          && reader.getLocalName().equals("persistence-unit")) {
        units.add(Query.orEmpty(reader.getAttributeValue(null, "name")));
      }
    }
    return units;
  }

  /** Hibernate says what is wrong in the innermost of its causes. */
  private static String chain(Throwable failure) {
    StringBuilder text = new StringBuilder();
    int depth = 0;
    for (Throwable cause = failure; cause != null && depth < 6; cause = cause.getCause(), depth++) {
      String said = cause.getMessage() == null ? cause.toString() : cause.getMessage();
      if (cause instanceof ClassNotFoundException || cause instanceof LinkageError) {
        said = cause.toString();
      }
      if (text.indexOf(said) < 0) {
        text.append(text.length() == 0 ? "" : ": ").append(said);
      }
    }
    return text.toString();
  }
}
