package io.freshet.cli;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A class path as {@code java -cp} takes it. Stateless. */
final class ClassPath {

  private ClassPath() {}

  static List<URL> parse(@Nullable String text) throws CliException {
    List<URL> urls = new ArrayList<>();
    if (text == null) {
      return urls;
    }
    for (String entry : text.split(File.pathSeparator, -1)) {
      if (entry.equals("*") || entry.endsWith("/*") || entry.endsWith(File.separator + "*")) {
        urls.addAll(jarsIn(entry, Path.of(entry.substring(0, entry.length() - 1))));
      } else if (!entry.isEmpty()) {
        urls.add(one(entry, Path.of(entry)));
      }
    }
    return urls;
  }

  private static List<URL> jarsIn(String entry, Path directory) throws CliException {
    List<URL> urls = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory.toAbsolutePath())) {
      for (Path file : files.sorted().filter(one -> one.toString().endsWith(".jar")).toList()) {
        urls.add(file.toUri().toURL());
      }
    } catch (IOException e) {
      throw new CliException(
          ExitCode.USAGE, "--class-path %s cannot be read: %s".formatted(entry, e), e);
    }
    return urls;
  }

  private static URL one(String entry, Path path) throws CliException {
    if (!Files.exists(path)) {
      throw CliException.usage("--class-path %s: there is no such file".formatted(entry));
    }
    try {
      if (Files.isRegularFile(path)) {
        refuseNested(entry, path);
      }
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new CliException(ExitCode.USAGE, "--class-path %s: %s".formatted(entry, e), e);
    }
  }

  /** A jar of jars is read by a class loader of its own only. */
  private static void refuseNested(String entry, Path path) throws CliException {
    try (JarFile jar = new JarFile(path.toFile())) {
      for (String classes : List.of("BOOT-INF/classes/", "WEB-INF/classes/")) {
        if (jar.getEntry(classes) != null) {
          throw CliException.usage(
              "--class-path %1$s holds its classes in %2$s, where no class path reaches: unpack it, and give the directories: unzip %1$s -d app; --class-path 'app/%2$s:app/%3$s/lib/*'"
                  .formatted(entry, classes, classes.substring(0, classes.indexOf('/'))));
        }
      }
    } catch (IOException e) {
      throw new CliException(
          ExitCode.USAGE, "--class-path %s cannot be read as a jar: %s".formatted(entry, e), e);
    }
  }
}
