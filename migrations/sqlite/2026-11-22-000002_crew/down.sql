DROP TABLE availability;
DROP TABLE user_tags;
DROP TABLE user_skills;
DROP TABLE users;
