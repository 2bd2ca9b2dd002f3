"""What a Neo4j server is told and asked, in Cypher."""

from typing import LiteralString

from backend.memory.graph.validity import SINGLE

GROUPS = [sorted(group) for group in SINGLE]  # of which only the latest holds

# One constraint makes MERGE of the same concept by two workers one node, not two.
PREPARE: tuple[LiteralString, ...] = (
    "DROP CONSTRAINT concept_identity IF EXISTS",  # of the time before qualifiers
    "MATCH (c:Concept) WHERE c.qualifier IS NULL SET c.qualifier = ''",
    "CREATE CONSTRAINT concept_qualified_identity IF NOT EXISTS FOR (c:Concept) "
    "REQUIRE (c.owner_id, c.kind, c.key, c.qualifier) IS UNIQUE",
    "CREATE CONSTRAINT message_identity IF NOT EXISTS FOR (m:Message) REQUIRE m.id IS UNIQUE",
    "CREATE INDEX relation_message IF NOT EXISTS FOR ()-[r:RELATES]-() ON (r.message_id)",
    "CREATE INDEX concept_key IF NOT EXISTS FOR (c:Concept) ON (c.owner_id, c.key)",
)
# What a message says now takes the place of what it said: names may have become one, or two again.
# What only facts have told of stays; whoever tells of them takes it away.
REPLACE: tuple[LiteralString, ...] = (
    "UNWIND $messages AS each MATCH (m:Message {id: each.id})-[r:MENTIONS]->(c:Concept) "
    "WHERE NOT [c.kind, c.key, c.qualifier] IN each.mentioned DELETE r",
    "UNWIND $messages AS each "
    "MATCH (s:Concept)-[gone:RELATES {message_id: each.id}]->(o:Concept) "
    "WHERE coalesce(gone.is_related, true) AND NOT [s.kind, s.key, s.qualifier, gone.predicate, "
    "o.kind, o.key, o.qualifier] IN each.related "
    "WITH s, gone, gone.predicate AS predicate, gone.valid_from AS since DELETE gone "
    "WITH s, predicate, since UNWIND $groups AS predicates "
    "WITH s, since, predicate, predicates WHERE predicate IN predicates "
    "MATCH (s)-[r:RELATES]->() WHERE r.predicate IN predicates AND r.valid_to = since "
    "SET r.valid_to = null",
)
MENTIONS: LiteralString = (
    "UNWIND $mentions AS each "
    "MERGE (m:Message {id: each.message_id}) "
    "SET m.owner_id = each.owner_id, m.said_at = each.said_at "
    "MERGE (c:Concept {owner_id: each.owner_id, kind: each.kind, key: each.key, "
    "qualifier: each.qualifier}) "
    "ON CREATE SET c.name = each.name "
    "MERGE (m)-[r:MENTIONS]->(c) SET r.weight = each.weight"
)
RELATIONS: LiteralString = (
    "UNWIND $relations AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key, "
    "qualifier: each.subject_qualifier}) "
    "MATCH (o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key, "
    "qualifier: each.object_qualifier}) "
    "MERGE (s)-[r:RELATES {predicate: each.predicate, message_id: each.message_id}]->(o) "
    "SET r.owner_id = each.owner_id, r.valid_from = each.said_at, r.is_related = true"
)
# What was said last holds where only one thing can be true, in whatever order it is told.
SETTLE: LiteralString = (
    "UNWIND $settled AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.kind, key: each.key, "
    "qualifier: each.qualifier})-[r:RELATES]->(o) WHERE r.predicate IN each.predicates "
    "WITH each, r, o ORDER BY r.valid_from, r.message_id "
    "WITH each, collect({r: r, object: elementId(o), since: r.valid_from}) AS said "
    "UNWIND range(0, size(said) - 1) AS place "
    "WITH said[place].r AS r, [later IN said[place + 1..] "
    "WHERE later.object <> said[place].object | later.since][0] AS until "
    "WITH r, until WHERE until IS NOT NULL AND (r.valid_to IS NULL OR r.valid_to > until) "
    "SET r.valid_to = until"
)
STEPS: LiteralString = (
    "MATCH (near:Concept {owner_id: $owner_id})-[r:RELATES {owner_id: $owner_id}]-() "
    "WHERE [near.key, near.qualifier] IN $near AND "
    "CASE WHEN $at IS NULL THEN r.valid_to IS NULL "
    "ELSE r.valid_from <= $at AND (r.valid_to IS NULL OR r.valid_to > $at) END "
    "WITH DISTINCT r "
    "RETURN startNode(r) AS subject, endNode(r) AS object, r.predicate AS predicate, "
    "r.message_id AS message_id, r.valid_from AS valid_from, r.valid_to AS valid_to "
    "ORDER BY r.valid_from, message_id, predicate LIMIT $limit"
)
MEANT: LiteralString = (
    "MATCH (c:Concept {owner_id: $owner_id, key: $key}) "
    "WHERE $qualifier IS NULL OR c.qualifier = $qualifier "
    "RETURN DISTINCT c.key AS key, c.qualifier AS qualifier"
)
WEIGHTS: LiteralString = (
    "MATCH (c:Concept {owner_id: $owner_id})<-[r:MENTIONS]-() "
    "WHERE [c.key, c.qualifier] IN $near "
    "RETURN c.key AS key, c.qualifier AS qualifier, sum(r.weight) AS weight"
)
MIRROR: tuple[LiteralString, ...] = (
    "UNWIND $edges AS each "
    "MERGE (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key, "
    "qualifier: each.subject_qualifier}) ON CREATE SET s.name = each.subject_name "
    "MERGE (o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key, "
    "qualifier: each.object_qualifier}) ON CREATE SET o.name = each.object_name "
    "MERGE (s)-[r:RELATES {predicate: each.predicate, message_id: each.message_id}]->(o) "
    "ON CREATE SET r.is_related = false "
    "SET r.owner_id = each.owner_id, r.valid_from = each.valid_from "
    "WITH s, o, each MATCH (s)-[all:RELATES {message_id: each.message_id}]->(o) "
    "SET all.valid_to = each.valid_to",
    "UNWIND $gone AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key, "
    "qualifier: each.subject_qualifier})-[r:RELATES {message_id: each.message_id}]->"
    "(o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key, "
    "qualifier: each.object_qualifier}) DELETE r",
    # What the same words were taken to say otherwise: Rome, where "Rome, Italy" is so.
    "UNWIND $told AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key, "
    "qualifier: each.subject_qualifier})-[r:RELATES {message_id: each.message_id}]->(o) "
    "WHERE r.predicate IN each.predicates AND NOT o.key IN each.objects DELETE r",
)
FORGET: tuple[LiteralString, ...] = (
    "MATCH (s)-[gone:RELATES]->() WHERE gone.message_id IN $ids UNWIND $groups AS predicates "
    "WITH s, gone, predicates WHERE gone.predicate IN predicates "
    "MATCH (s)-[r:RELATES]->() WHERE r.predicate IN predicates AND r.valid_to = gone.valid_from "
    "SET r.valid_to = null",
    "MATCH ()-[r:RELATES]->() WHERE r.message_id IN $ids DELETE r",
    "MATCH (m:Message) WHERE m.id IN $ids DETACH DELETE m",
    "MATCH (c:Concept) WHERE NOT (c)--() DELETE c",
)
KNOWN: tuple[LiteralString, ...] = (
    "MATCH ()-[r:RELATES]->() WHERE r.message_id IN $ids RETURN count(r) AS count",
    "MATCH (m:Message) WHERE m.id IN $ids RETURN count(m) AS count",
)
SOURCES: tuple[LiteralString, ...] = (
    "MATCH ()-[r:RELATES {owner_id: $owner_id}]->() RETURN DISTINCT r.message_id AS id",
    "MATCH (m:Message {owner_id: $owner_id}) RETURN m.id AS id",
)
COUNT: LiteralString = "MATCH ()-[r:RELATES]->() RETURN count(r) AS count"
