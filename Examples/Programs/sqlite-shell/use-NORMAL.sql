PRAGMA synchronous=NORMAL;
INSERT INTO notes VALUES (1, 'note 1');
SELECT 'stored 1';
INSERT INTO notes VALUES (2, 'note 2');
SELECT 'stored 2';
INSERT INTO notes VALUES (3, 'note 3');
SELECT 'stored 3';
