package io.freshet.bus;

import com.rabbitmq.client.impl.ForgivingExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What fails in the client's own threads. All of it ends the connection, whose listener tells the
 * reason; the client would log a stack trace beside that.
 */
final class QuietExceptions extends ForgivingExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(QuietExceptions.class);

  @Override
  protected void log(String message, Throwable failure) {
    LOG.debug(message, failure);
  }
}
