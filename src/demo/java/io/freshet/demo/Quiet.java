package io.freshet.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Keeps Freshet's warnings back while the demo breaks what they warn of. Used by one thread. */
final class Quiet {

  private final Logger logger = (Logger) LoggerFactory.getLogger("io.freshet");
  private final Level before = logger.getLevel();

  Quiet() {
    logger.setLevel(Level.ERROR);
  }

  void end() {
    logger.setLevel(before);
  }
}
