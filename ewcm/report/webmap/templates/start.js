// The country's page begins.

start();
