DROP TABLE outbox;
DROP TABLE invitations;
DROP TABLE assignments;
DROP TABLE mission_roles;
DROP TABLE missions;
DROP TABLE projects;
