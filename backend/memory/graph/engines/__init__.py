"""Who answers questions about the graph: the relation tables, or a Neo4j server."""
